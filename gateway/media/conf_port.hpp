// SPDX-License-Identifier: GPL-3.0-or-later
// A channel's place in PJSIP's conference bridge. Everything here belongs to the SIP thread.
//
// Adding and removing a port is asynchronous since PJSIP 2.16: the bridge does it in its next tick, on the
// media thread. So the `pjmedia_port` is an object of its own that lives until the bridge lets go of it
// (its group lock calls on_destroy), and holds the channel by a shared pointer.

#pragma once

#include <pjsua-lib/pjsua.h>

#include <memory>

#include "channel.hpp"

namespace media {

class ConfPort {
public:
    // Adds the channel to the bridge, joined to nothing. Throws PjError.
    explicit ConfPort(std::shared_ptr<Channel> channel);
    ~ConfPort();  // leaves the bridge
    ConfPort(const ConfPort&) = delete;
    ConfPort& operator=(const ConfPort&) = delete;

    // Joins a slot and leaves the one before: both ways, or only to hear, and then nobody pulls the channel.
    // Joining the same slot again is right after a re-INVITE: a new stream may have taken the old number.
    // Throws PjError.
    void connect(pjsua_conf_port_id slot, bool sends);
    void disconnect() noexcept;

private:
    struct Bridged;

    Bridged* bridged_;  // ours until the destructor, then the bridge's
    pjsua_conf_port_id own_slot_ = PJSUA_INVALID_ID;
    pjsua_conf_port_id peer_slot_ = PJSUA_INVALID_ID;
};

}  // namespace media
