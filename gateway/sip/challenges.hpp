// SPDX-License-Identifier: GPL-3.0-or-later
// Whoever is asked for a password in several ways answers in one that he knows (RFC 3261 section 22.3): PJSIP drops a
// 401 or 407 with a challenge that is no digest, whatever stands beside it.
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

#include <string>
#include <string_view>

namespace sip {

// A 401 or 407 with the challenges that are no digest under another name of the same length ("WWW_Authenticate"), by
// which `challenge.py` still tells of them. Empty if it has none, or is no such response.
std::string without_other_challenges(std::string_view response);

// Have a response that was dropped for such challenges taken all the same; nothing is done for any other.
void take_response(const pjsip_rx_data* dropped, std::string_view response);

}  // namespace sip
