// SPDX-License-Identifier: GPL-3.0-or-later
// Hold by the address 0.0.0.0, as RFC 2543 had it (RFC 3264 section 8.4): read as a=sendonly, for nothing can be
// sent there, and a=recvonly as a=inactive. PJSIP would answer 0.0.0.0 and a=sendrecv; ours is our own address and
// a=recvonly or a=inactive.
//
// On the SIP thread.

#pragma once

#include <pjmedia.h>

namespace sip {

// Writes down what the far end's streams at that address can do, be it an offer or an answer.
void read_hold(pj_pool_t* pool, pjmedia_sdp_session& sdp);

// Has every session description of ours name our own address. After libInit, which takes it back. Throws PjError.
void name_own_address();

}  // namespace sip
