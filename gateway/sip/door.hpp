// SPDX-License-Identifier: GPL-3.0-or-later
// Lets INVITEs in, by what their source has earned (sources.hpp): in front of PJSIP's dialogs and of Python, so
// that a flood costs neither a call, nor a session with a model, nor a line of the log.
//
// What is too much gets 503 with Retry-After, without a transaction, at a bounded rate, then nothing. An INVITE
// that must wait is kept here for a moment, and gone on with where it was as soon as its source has
// acknowledged enough. Retransmissions of an INVITE that was let in never come here: its transaction takes them.
//
// On the SIP thread.

#pragma once

#include <nanobind/nanobind.h>
#include <pjsip.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sources.hpp"

namespace sip::door {

// A network whose members are not judged: an edge proxy, a load generator.
struct Network {
    Address address;
    unsigned prefix = 128;
};

bool is_within(const Address& address, const Network& network);

// Whose account a packet or a connection from there goes to.
Address address_of(const pj_sockaddr& from);

// The whole of an address, of IPv6 too, as networks are compared with.
Address whole_address_of(const pj_sockaddr& from);

// Whether it is one of those that are not judged.
bool is_exempt(const pj_sockaddr& from);

// Begin to judge, with nothing of the past. After libInit; throws PjError.
void open(const SourceLimits& limits, std::vector<Network> exempt);

// A call is over, answered or not.
void ended(const pjsip_dialog* dialog);

// See Sources::turned_away.
Sources::Report turned_away();

// Add to a module what Python sees of it: _guard.pyi.
void bind(nanobind::module_& m);

}  // namespace sip::door
