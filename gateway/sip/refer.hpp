// SPDX-License-Identifier: GPL-3.0-or-later
// REFER inside a call (RFC 3515): the far side asks us to go on with somebody else.
//
// Left to itself PJSIP would call whatever Refer-To holds, and take what comes back for a call of its own. Here it is
// only asked about, by pjsua2's callback (`Dialog.onCallTransferRequest`), whose status is the answer: 202 for what is
// followed, and then the far side is told by NOTIFY how that goes; 603 for all others. Of accounts that may not send
// any it is 603 without a look. 400 unless there is exactly one Refer-To (section 2.4.2).
//
// On the SIP thread.

#pragma once

#include <pjsua-lib/pjsua.h>

namespace sip {

// From now on calls of this account may send it.
void take_refers(pjsua_acc_id account);

// Answer it, in a call that is up.
void answer_refer(pjsip_rx_data* request);

// Tell by NOTIFY (section 2.4.4) how far it is with the call that was asked for last; 200 or more ends that. Nothing
// where the call with who has asked is over.
void tell_referrer(pjsua_call_id call, int status);

// It is over.
void forget_refer(pjsua_call_id call);

}  // namespace sip
