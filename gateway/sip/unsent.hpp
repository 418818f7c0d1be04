// SPDX-License-Identifier: GPL-3.0-or-later
// Bounds what waits to be sent to peers who do not read (TCP): without it, whoever asks and never listens fills
// our memory with the answers, tens of megabytes a second.
//
// A connection whose peer has let this many messages wait, on top of what the kernel keeps, is closed: he has
// gone, or means no good. Whoever has a call on it opens another (RFC 3261 section 18.2.2).
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

namespace sip {

// Watch what is sent on a connection, from now on.
void bound_unsent(pjsip_transport* connection);

// It is gone.
void forget_unsent(pjsip_transport* connection);

}  // namespace sip
