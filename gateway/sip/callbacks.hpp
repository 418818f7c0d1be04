// SPDX-License-Identifier: GPL-3.0-or-later
// Takes pjsua's callbacks that nobody listens to away from pjsua2.
//
// For each, pjsua2 makes objects of everything there is to know, the message's text included, takes the
// interpreter's lock, and calls a Python method that does nothing: 15 times a call. A call's states in
// between are of no interest either; `Dialog` asks for the answer's ACK and for the end, and where we call for the
// ringing; of transactions for an offer of ours that was refused in a call.

#pragma once

namespace sip {

// After libInit, which takes it back; on the SIP thread.
void leave_out_callbacks();

}  // namespace sip
