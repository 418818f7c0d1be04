// SPDX-License-Identifier: GPL-3.0-or-later
// Who knocks without being known: what each may still be answered, and what is told of them.
//
// Pure counting: no I/O, no clock, no PJSIP; time is an argument, in seconds. Memory is bounded: 1 024 sources, the
// longest silent forgotten first, and an answer of ours costs each of them and all together a token.

#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sources.hpp"

namespace sip {

// Of one source since the last look.
struct Knocks {
    std::uint64_t requests = 0;
    std::uint64_t wrong_passwords = 0;
    std::string method;  // of the last
    std::string agent;   // as it calls itself
};

class Strangers {
public:
    using Report = std::vector<std::pair<Address, Knocks>>;

    // Count a request.
    void knocked(const Address& source, std::string_view method, std::string_view agent, double now);
    void wrong_password(const Address& source, double now);

    // Whether it may be answered; takes a token.
    bool may_be_answered(const Address& source, double now);

    // What came since the last look, the most first.
    Report take();

private:
    struct Bucket {
        double tokens;
        double at;
        bool take(double rate, double now);
    };
    struct Stranger {
        Knocks knocks;
        Bucket answers;
        std::list<Address>::iterator place;
    };

    Stranger& meet(const Address& source, double now);

    std::unordered_map<Address, Stranger, AddressHash> known_;
    std::list<Address> order_;  // the longest silent first
    Bucket answers_{0, 0};
};

}  // namespace sip
