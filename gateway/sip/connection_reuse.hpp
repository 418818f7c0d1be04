// SPDX-License-Identifier: GPL-3.0-or-later
// Sends what we say within a call over the TCP connection on which its caller spoke last, as long as that is open
// (RFC 5923). Left to itself PJSIP connects to where Contact or Record-Route says: behind a router nobody listens
// there, and the caller would never hear that we have hung up.
//
// PJSIP has no such thing as a dialog's connection. But it sends a request to its first Route, and keeps one with
// the parameter `hide` off the wire: such a Route names the other end of the connection.
//
// On the SIP thread.

#pragma once

#include <pjsip.h>
#include <pjsip_ua.h>

namespace sip {

// A request of the caller's came by the connection it names: go on there, if the one at its other end is the next
// hop of the dialog, and not a proxy that wants to be left out of it.
void reuse_connection(pjsip_dialog* dialog, const pjsip_rx_data* request);

// The connection has gone: what is said goes where the dialog says.
void leave_connection(pjsip_dialog* dialog);

// The dialog has gone.
void forget_connection(const pjsip_dialog* dialog);

}  // namespace sip
