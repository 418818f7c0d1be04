// SPDX-License-Identifier: GPL-3.0-or-later
// An INVITE that nobody has read for a while: the process was stopped, or had too much to do. Who sent it has asked
// another gateway by then (1.5 s, in the Kamailio that we ship), and an answer would be a second call. A phone that
// knows no other sends it again (RFC 3261 section 17.1.1.2), and that one is answered.
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

#include <cstdint>

namespace sip {

// Whether an INVITE lay in its socket for two seconds before it was read: it is counted then. To be asked while it is
// being handled: the kernel tells when the last datagram came that was read.
bool is_stale(const pjsip_rx_data* invite);

// How many there were since the last look.
std::uint64_t stale_invites() noexcept;

}  // namespace sip
