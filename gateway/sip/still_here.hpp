// SPDX-License-Identifier: GPL-3.0-or-later
// A sign of life for calls that are being set up: an edge hears 100 Trying of each once more every second.
//
// Between 100 and the answer a gateway may have nothing to say for a minute, as while a plan is looked up or
// somebody else's phone rings. An edge that hears nothing at all for some seconds knows by this that it is gone,
// and gives the call to the next one while the caller still hears it ring. 100 is for the next hop alone (RFC
// 3261 section 16.7, step 5): no caller sees it.
//
// On the SIP thread.

#pragma once

namespace sip {

// Do so from now on. After the guard is installed.
void say_still_here();

}  // namespace sip
