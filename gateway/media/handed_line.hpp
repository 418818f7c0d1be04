// SPDX-License-Identifier: GPL-3.0-or-later
// A call's packets in somebody else's hands, as they are: neither decoded, nor timed, nor made here. SIP stays ours.
//
// What comes to the call's RTP socket is left in it, and nothing leaves by it, until PJSIP ends the stream: whoever has
// the line reads and sends by a descriptor of his own.

#pragma once

#include <pjsua-lib/pjsua.h>

#include <optional>
#include <string>

#include "rtp_stream.hpp"

namespace media {

class HandedLine {
public:
    HandedLine() = default;
    HandedLine(HandedLine&& other) noexcept;
    HandedLine& operator=(HandedLine&& other) noexcept;
    ~HandedLine();

    // The descriptor is the caller's to close from now on; -1 if it was taken before.
    int take() noexcept;

    std::string host;      // where packets are sent, and come from
    unsigned port = 0;
    unsigned sends = 0;    // the payload type of those that are sent
    unsigned takes = 0;    // of those that come
    int keys = -1;         // of keys that are sent (RFC 4733); negative if the far end wants none

private:
    friend std::optional<HandedLine> hand_over(pjsua_conf_port_id slot, RtpStream& stream);
    int socket_ = -1;
};

// SIP thread: of the call whose stream has this conference slot. Nothing where PJSIP reads the socket itself, or keys
// of SRTP were agreed upon: the call goes on as any other then.
std::optional<HandedLine> hand_over(pjsua_conf_port_id slot, RtpStream& stream);

}  // namespace media
