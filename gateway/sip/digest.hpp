// SPDX-License-Identifier: GPL-3.0-or-later
// Asks callers for a password (RFC 3261 section 22, RFC 7616, RFC 8760), and judges what they show.
//
// A nonce is the time it was made and our seal on it, so nothing is kept of whoever asks for one. Only what was
// proven is remembered, as long as its nonce lives: the same count of a nonce does not count twice.
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

#include <string>

#include "answers.hpp"

namespace sip::digest {

struct Account {
    std::string user;
    std::string password;
};

enum class Proof {
    none,   // nothing shown, or for somebody else
    wrong,  // a name or password that is not this one
    stale,  // right, but with a nonce that is too old, or a count that was used
    right,
};

// What a request shows of this account; `uses`: its nonce's count is used up by it.
Proof judge(const pjsip_rx_data* request, const Account& account, bool uses);

// Add to an answer what it takes to show a password: SHA-256 first, where we have it, then MD5.
void ask(Headers& headers, bool stale);

// Forget what was proven; a new seal.
void begin();

}  // namespace sip::digest
