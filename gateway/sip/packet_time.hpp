// SPDX-License-Identifier: GPL-3.0-or-later
// How much audio a packet holds (RFC 8866 section 6.4): what the far end asks for, within what we can make.

#pragma once

#include <pjmedia.h>

namespace sip {

constexpr unsigned kPacketMs = 20;  // where nobody asks for anything (RFC 3551 section 4.2)

// The milliseconds of a packet that a stream of the far end gets: its `ptime`, `maxptime` at most, in whole
// frames of 10 ms from 10 to 60.
unsigned packet_ms(const pjmedia_sdp_media& media);

// Replaces what a stream says of its packets by a `ptime`.
void say_packet_ms(pj_pool_t* pool, pjmedia_sdp_media& media, unsigned ms);

}  // namespace sip
