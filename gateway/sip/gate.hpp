// SPDX-License-Identifier: GPL-3.0-or-later
// Who may knock at all: this machine, our trunks, and others only where the settings say so.
//
// It stands in front of everything else, for every request outside of calls, over whatever transport. A stranger is
// dropped, or told 403 as long as he asks seldom and our answer is not longer than what he sent: we are no mirror
// for somebody who writes another's address onto his packets. A message of a call that is up passes: it knows the
// call's tags, and a carrier's may come from another of its hosts.
//
// On the SIP thread.

#pragma once

#include <nanobind/nanobind.h>

#include <pjlib.h>

#include <cstddef>

#include "door.hpp"
#include "strangers.hpp"

namespace sip::gate {

enum class Guests {
    allow,   // anybody may ring
    refuse,  // 403
    drop,    // no answer
};

// Begin to judge. After libInit; throws PjError.
// `home`: networks of this machine's own, beside the addresses of its interfaces.
void open(Guests guests, std::vector<door::Network> home);

// The machine's own addresses may have changed.
void look_around();

// Whether somebody there may knock, by his address alone.
bool may_knock(const pj_sockaddr& from);

// Whether what somebody sent that cannot be read is answered, with so many bytes; a stranger is counted.
bool may_be_answered(const pj_sockaddr& from, std::size_t sent, std::size_t answer);

// Who has knocked without being let in since the last look.
Strangers::Report turned_back();

// Add to a module what Python sees of it: _guard.pyi.
void bind(nanobind::module_& m);

}  // namespace sip::gate
