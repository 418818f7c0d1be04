// SPDX-License-Identifier: GPL-3.0-or-later
// How many more calls may come in: who counts what this machine carries says so many times a second, and the next
// INVITE is answered here, however late Python is by then. One too many gets 503 with Retry-After, at the cost of
// a packet: it is known to nobody but the count of those that were refused.
//
// `admit` and `refused_for_load` from any thread, the rest on the SIP thread.

#pragma once

#include <pjsip.h>

#include <cstdint>

namespace sip {

// So many more until the next word; negative: any number. `full`: OPTIONS is 503 as well.
void admit(int calls, bool full) noexcept;

// Whether calls are turned away for the load that there is.
bool is_full() noexcept;

// Answer a first INVITE that is one too many; true if it was answered.
bool refuse_for_load(pjsip_rx_data* invite);

// Calls refused since the last look.
std::uint64_t refused_for_load() noexcept;

}  // namespace sip
