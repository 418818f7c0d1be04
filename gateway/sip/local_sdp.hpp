// SPDX-License-Identifier: GPL-3.0-or-later
// Completes the session descriptions that PJSIP makes of us, offers and answers.
//
//   ptime             named, in an answer as the offer has it (RFC 3264 section 6.1)
//   telephone-event   in an offer under 101, the number that everybody uses, and not PJSIP's 120; in an answer at
//                     the rate that the offer names, where it names another one alone: keys are read by their
//                     numbers, not by their clock
//
// On the SIP thread.

#pragma once

namespace sip {

// After libInit.
void complete_local_sdp();

}  // namespace sip
