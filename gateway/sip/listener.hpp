// SPDX-License-Identifier: GPL-3.0-or-later
// Opens the TCP listener again that PJSIP has given up.
//
// PJSIP accepts until there is no connection left, and gives up for good after fifty errors in a row: the
// fifty are over at once when no descriptor is left, if only for a moment. Connections are still made by the
// kernel then, and nobody ever answers on one.
//
// On the SIP thread.

#pragma once

namespace sip {

// Look whether connections wait that nobody accepts, and if so listen anew. To be asked every few seconds: it
// takes two looks to be sure. True if it was necessary. Those who waited have to connect again.
bool revive_listener();

}  // namespace sip
