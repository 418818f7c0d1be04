// SPDX-License-Identifier: GPL-3.0-or-later
// An INVITE that nobody has read for a while: the process was stopped, or had too much to do. Who sent it has asked
// another gateway by then (1.5 s, in the Kamailio that we ship), and an answer would be a second call. A phone that
// knows no other sends it again (RFC 3261 section 17.1.1.2), and that one is answered.
//
// Over a connection nobody sends it again: who still waits is answered, however late, and who does not has cancelled it,
// or has closed the connection. That INVITE is not answered either: the call would last until SIP gives up (32 s).
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

#include <cstdint>

namespace sip {

// Whether nobody waits for an INVITE's answer any more, as it lay in its socket for two seconds before it was read, or
// its connection was closed meanwhile: it is counted then. To be asked while it is being handled: the kernel tells when
// the last datagram came that was read. Connections are looked at if the process `was_late` alone: they cost a search.
bool is_stale(const pjsip_rx_data* invite, bool was_late);

// How many there were since the last look.
std::uint64_t stale_invites() noexcept;

}  // namespace sip
