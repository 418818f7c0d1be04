// SPDX-License-Identifier: GPL-3.0-or-later
// Which trunk a call is of: by where it comes from, and by the account that is rung or the password that is shown.
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

#include <string>
#include <vector>

#include "digest.hpp"
#include "door.hpp"

namespace sip::trunks {

struct Trunk {
    int account = 0;                   // of pjsua
    std::vector<door::Network> peers;  // where its calls come from; none: from anywhere, with a password
    std::string user;                  // what we registered as; "" if we did not
    digest::Account asked;             // what each call has to show; no user: nothing
};

// From now on these are known, and no others.
void know(std::vector<Trunk> trunks);

// Whether one of them may send from there, or has shown a password from there.
bool is_peer(const Address& address);

// Whether there is one that only a password tells.
bool may_come_from_anywhere();

// What a request outside of calls is to be let in by.
enum class Standing {
    stranger,   // nobody we know
    trunk,      // of a trunk, whose password it has shown if it has to
    ask,        // has to show a password
    ask_again,  // has shown the right one, with a nonce that is over
    wrong,      // has shown a wrong one
};

Standing standing(const pjsip_rx_data* request, const Address& from);

// pjsua's account that takes a call; negative: no trunk's.
int account_of(const pjsip_rx_data* request);

// Have pjsua ask here. After libInit.
void find_accounts();

// Take note of the digest that a registration of ours goes out with; the last one's algorithm.
void note_digest(const pjsip_tx_data* request);
std::string digest_of(const std::string& user, const std::string& registrar);

}  // namespace sip::trunks
