// SPDX-License-Identifier: GPL-3.0-or-later
// Requests inside a call that PJSIP's dialogs have no answer for, or a wrong one.
//
//   OPTIONS      200: with it carriers ask whether the call is still there (RFC 3261 section 11.2)
//   REFER        603, however Refer-To is written: obeying it lets callers place calls at our cost; but for
//                trunks that may send it, see refer.hpp
//   SUBSCRIBE    489: there is no event package here (RFC 6665 section 4.2.1.1)
//   NOTIFY       481 where there is no subscription it could belong to (RFC 6665 section 4.1.3): only a REFER of
//                ours makes one, and PJSIP takes what comes of it
//   PRACK        481 for a response that was not sent reliably (RFC 3262 section 3); PJSIP says 400
//   PUBLISH, MESSAGE and other methods that exist: 405 with Allow (RFC 3261 section 8.2.1)
//   methods that nobody knows: 501 (section 21.5.2)
//   what insists on an extension we do not have: 420 (section 8.2.2.3), but for BYE, which ends the call
//
//   where there is no such call, or no longer: 481 (section 12.2.2)
//
// Left to themselves most of these are 500 from a dialog whose usages nobody told about them. INVITE, UPDATE
// and BYE are PJSIP's, INFO is answered in info.hpp.
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

namespace sip {

// Answer a request with a To tag if that is ours to do; true if it was answered.
bool answer_in_dialog(pjsip_rx_data* request);

// Put right what PJSIP is about to answer to a PRACK.
void correct_prack(pjsip_tx_data* response);

}  // namespace sip
