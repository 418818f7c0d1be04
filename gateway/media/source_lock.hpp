// SPDX-License-Identifier: GPL-3.0-or-later
// Sound only from where the call's SDP says it comes from.
//
// A media port is open to the whole network. PJSIP, built as we build it, never *sends* a call's audio
// elsewhere, but it plays what anybody sends in ("RTP injection"). So every call's media transport gets a
// wrapper that drops RTP whose source is not the negotiated address and port (RFC 4961: a peer sends from
// where it receives), and RTCP whose source is another host. It sits above SRTP, next to the stream: what
// it counts as accepted has passed SRTP's authentication too.
//
// The wrapper learns the negotiated source where the stream does, in attach, so it follows every re-INVITE;
// whom it believes besides is in peer.hpp. Nothing leaves where none may (destination.hpp), nor more than is
// wanted (outlet.hpp).
//
// Calls over ICE are counted but not filtered: ICE itself decides which pair of addresses is valid.
//
// Threads: installing on the SIP thread; packets on the media thread; counters anywhere.

#pragma once

#include <pjsua-lib/pjsua.h>

#include <cstdint>
#include <memory>

#include "rtp_source.hpp"
#include "rtp_stream.hpp"

namespace media {

// After libInit: wrap the media transport of every call from now on, learning sources or not. It takes the
// place of pjsua2's own use of this callback of pjsua's: `Call.onCreateMediaTransport` is not asked any more,
// and `onIncomingCall` comes at its ordinary place, after 100 Trying, instead of early from within.
void install_source_lock(bool learn);
void uninstall_source_lock() noexcept;

// SIP thread, of a call's media transport, before PJSIP handles the message: where the dialog's messages come
// from, and the CSeq that an ACK acknowledges (RFC 3261 section 13.2.2.4); negative if it is no ACK.
void signalled(pjmedia_transport* transport, const pj_sockaddr& source, std::int64_t acknowledged);

// SIP thread: have a call's media transport end this stream when PJSIP detaches it, as it does before it destroys
// one. False if it is not a transport of ours.
bool carry(pjmedia_transport* transport, std::shared_ptr<RtpStream> stream);

// SIP thread: the payload type of a call's keys, as negotiated; negative for none.
void keys_come_as(pjmedia_transport* transport, int payload_type);

// What a call's media transport has: what came and went, and the stream, if there is one.
struct CallAudio {
    std::shared_ptr<RtpSource> source;
    std::shared_ptr<RtpStream> stream;
};

// SIP thread: of the call whose stream has this conference slot; nothing if it is not a call of ours.
CallAudio call_audio(pjsua_conf_port_id slot);

}  // namespace media
