// SPDX-License-Identifier: GPL-3.0-or-later
// Answers requests that PJSIP cannot read, and drops without a word (RFC 4475 section 3.1.2, RFC 3261 section 16.3):
//
//   a URI of another kind than sip, sips or tel     416 (section 8.2.2.1)
//   another version of SIP                          505 (section 21.5.6)
//   all else, a header that has to be there too     400 (section 21.4.1), as far as there is a Via to answer to
//
// What has to be in an answer (section 8.2.6.2) is copied as it was written. A stranger gets none, unless anybody may
// ring, and then none that is longer than what he sent (gate.hpp).
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

#include <string>
#include <string_view>

namespace sip {

// The answer to such a request that came from there; "" if there can be none. Pure.
// `tag`: for To, if it has none; `status`: 0, or what is wrong if that is known.
std::string answer_to_unreadable(std::string_view request, std::string_view host, unsigned port, std::string_view tag, int status);

// The port at which its sender hears (sections 18.2.2, RFC 3581); `source`: where it came from. Pure.
unsigned answered_at(std::string_view request, unsigned source);

// Answer what was dropped; `status` as above.
void answer_unreadable(const pjsip_rx_data* received, std::string_view request, int status = 0);

}  // namespace sip
