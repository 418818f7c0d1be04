// SPDX-License-Identifier: GPL-3.0-or-later
// Ways to put a call on hold that PJSIP does not know, or does not answer well (RFC 3264 section 8.4).
//
//   the address 0.0.0.0, as RFC 2543 did it     read as a=sendonly, for nothing can be sent there; with
//                                               a=recvonly as a=inactive. PJSIP would answer 0.0.0.0 and
//                                               a=sendrecv: ours names our own address and a=recvonly
//   a=sendonly, a=inactive of the session       the direction of all streams that have none of their own (RFC
//                                               8866 section 6.7): PJSIP looks only at the streams
//
// On the SIP thread.

#pragma once

#include <pjmedia.h>

namespace sip {

// Puts the directions of the far end's streams, be it an offer or an answer, where PJSIP looks for them.
void read_hold(pj_pool_t* pool, pjmedia_sdp_session& sdp);

// Has every session description of ours name our own address. After libInit, which takes it back. Throws PjError.
void name_own_address();

}  // namespace sip
