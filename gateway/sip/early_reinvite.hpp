// SPDX-License-Identifier: GPL-3.0-or-later
// A new offer that has overtaken the ACK of the last one, as behind a proxy of several processes.
//
// Its sender has our answer and has acknowledged it (RFC 5407 section 3.1.5); PJSIP, which has not seen that, would
// refuse what comes next with 491 or 500. So it waits for the ACK a moment, and is then taken as if it had come after.
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

namespace sip {

// Whether an INVITE within a dialog waits now: then it will be processed again from the module of that priority on.
// False: it is to be taken as it is.
bool waits_for_ack(pjsip_rx_data* request, int priority);

// The endpoint goes: so do those that wait.
void forget_early_reinvites();

}  // namespace sip
