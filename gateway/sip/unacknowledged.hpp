// SPDX-License-Identifier: GPL-3.0-or-later
// Lets go of a call whose 200 nobody acknowledged, when PJSIP gives it up: 64*T1 = 32 s after the 200.
//
// RFC 3261 section 13.3.1.4 wants a BYE then, and PJSIP sends it; but it keeps the call, and says nothing,
// until the BYE is answered or has timed out as well: another 32 s, in a place that a caller could have. The
// same goes for a call that we hung up before its ACK, whose BYE waits for it.
//
// On the SIP thread.

#pragma once

namespace sip {

// After libInit, which takes it back. Throws PjError.
void let_go_of_unacknowledged();

}  // namespace sip
