// SPDX-License-Identifier: GPL-3.0-or-later
// What a call needs of the system, and what a caller is told who comes when it is not there: 503 with Retry-After,
// so that a proxy tries another gateway. PJSIP says 500, which is no reason to.
//
//   descriptors   fewer left than a call and what goes on besides it may need: nobody is rung in, and OPTIONS is
//                 503, too; what is left is for the calls there are, whose sessions may have to be opened again
//   media         a call that could not be had for want of RTP ports or sockets
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

#include <cstdint>

namespace sip {

// Whether too few descriptors are left for a call: by trying, as the process and the system both have bounds.
bool few_descriptors();

// Answer a first INVITE that cannot be served; true if it was answered.
bool refuse_for_want(pjsip_rx_data* invite);

// Put right what PJSIP is about to answer to a first INVITE.
void correct_failure(pjsip_tx_data* response);

// Calls refused since the last look.
struct Shortage {
    std::uint64_t descriptors = 0;
    std::uint64_t media = 0;
};

Shortage shortage();

}  // namespace sip
