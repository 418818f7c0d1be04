// SPDX-License-Identifier: GPL-3.0-or-later
// Proxies of our own before us, behind which others are: a new call comes from where such an edge says.
//
// The edge writes it into a header of its own and takes out what a caller may have put there; from anybody else
// the header is no more than text.
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

#include <vector>

#include "door.hpp"

namespace sip::edges {

// These are our edges, and no others.
void know(std::vector<door::Network> networks);

// Whether it is one of them.
bool is_one(const pj_sockaddr& from);

// Where a request comes from: for a call behind an edge the place that the edge names, else the sender.
pj_sockaddr sender_of(const pjsip_rx_data* request);

// Whether a request of an edge is of a call that there is, or the edge's own: all but new calls.
bool is_let_in(const pjsip_rx_data* request);

}  // namespace sip::edges
