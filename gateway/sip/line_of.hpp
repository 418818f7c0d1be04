// SPDX-License-Identifier: GPL-3.0-or-later
// Whose a message is: the call it belongs to, and the account of that, or of the call that it asks for.

#pragma once

#include <pjsua-lib/pjsua.h>

namespace sip {

struct Line {
    pjsua_call_id call = PJSUA_INVALID_ID;
    pjsua_acc_id account = PJSUA_INVALID_ID;
};

// SIP thread.
Line line_of(const pjsip_rx_data* message);
Line line_of(pjsua_call_id call);

}  // namespace sip
