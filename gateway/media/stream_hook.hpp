// SPDX-License-Identifier: GPL-3.0-or-later
// Takes each call's stream from PJSIP when it is made, so that our clock drives it; the conference bridge gets a
// silent stand-in, and carries no sound.
//
// The call's media transport (source_lock.hpp) ends it: PJSIP detaches every stream there before it destroys it,
// while pjsua tells of a stream's end only where the call was not hung up by us.

#pragma once

#include <memory>

#include "roster.hpp"
#include "rtp_stream.hpp"

namespace media {

using Streams = Roster<RtpStream>;

// SIP thread, after libInit: take the streams of all calls from now on. It takes the place of pjsua2's own use of
// this callback of pjsua's: `Call.onStreamCreated` is not asked any more. `bounds`: how long their packets wait.
void take_streams(std::shared_ptr<Streams> streams, JitterBounds bounds);
void leave_streams() noexcept;

}  // namespace media
