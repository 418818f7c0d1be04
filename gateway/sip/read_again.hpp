// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a text as a message that has come: for what PJSIP itself could not read, or not yet.
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

#include <string_view>

namespace sip {

// A message as it would have come over a transport from there, in memory of the pool: `msg_info` says what could be
// read, and where that could not. A text that is longer than a message may be is cut.
pjsip_rx_data* read_again(pj_pool_t* pool, pjsip_transport* transport, const pj_sockaddr& source, std::string_view text);

}  // namespace sip
