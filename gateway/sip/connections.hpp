// SPDX-License-Identifier: GPL-3.0-or-later
// Bounds what peers hold by connections alone (TCP): how many there are, and how long one lives without words.
//
//   one from a source that has its share      closed at once; what others hold is not touched
//   one more than there may be in all         the one that has been without a message for longest makes room
//   one without a whole message since it was  closed after a while: nothing was said, or half a message, or
//   opened, or since half of one came         what is none
//   one without a message for long            closed: who has more to say opens another (RFC 3261 section 18)
//   one with a call or a transaction on it    stays, and is where we speak within the call (connection_reuse.hpp)
//
// PJSIP by itself closes a connection only after its last transaction, also under a call that says nothing for
// ten minutes; one without a transaction it never closes. Sources that are exempt at the door (door.hpp) have no
// share and make no room, but have to speak like all others.

#pragma once

#include <pjsip.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sip {

struct ConnectionBounds {
    std::size_t per_source;
    std::size_t in_all;
    std::int64_t half_open_ns;
    std::int64_t idle_ns;
};

// Hold connections to these bounds from now on. After libInit and before there are transports; idempotent.
// All below is on the SIP thread.
void bound_connections(const ConnectionBounds& bounds);

struct Refused {
    std::size_t count = 0;
    std::string last_source;
};

// The connections closed for there being too many of them, since this was asked last.
Refused refused_connections();

// A connection of ours that broke, or was never made: where it led, and what was wrong with its certificate.
struct Lost {
    std::string peer;
    std::string fault;
};

// Since the last look; so many at most.
std::vector<Lost> lost_connections();

}  // namespace sip
