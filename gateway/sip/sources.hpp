// SPDX-License-Identifier: GPL-3.0-or-later
// How much a source of INVITEs has earned: who acknowledges is let in, who does not is held to a few.
//
// Only what is not honest is bounded. A call counts from its INVITE to its ACK; a source may have `unacked` of
// them, and one more for each ACK of the last seconds, so that whoever acknowledges opens his own window, as
// TCP does, and only admission holds him. An INVITE too many waits while an earlier call may yet be acknowledged
// (`Verdict::wait`), is refused after that, and dropped without a word when the source has used up its
// refusals of this second, those of the dialplan included; 503, that we are full, is none for whoever is let in.
//
// Sources that never acknowledged anything share a bound of their own (`strangers`), so that a flood from a
// thousand spoofed addresses takes no place of those who have. Their ACK needs the tag of our answer, which a
// spoofer does not see.
//
// Pure counting: no I/O, no clock, no PJSIP; time is an argument, in seconds. Memory is bounded: 4 096 strangers
// and as many others, the longest silent forgotten first.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sip {

// An IPv4 address is the last four bytes behind ::ffff:0:0/96; of an IPv6 address one /64 is one source.
struct Address {
    std::array<std::uint8_t, 16> bytes{};

    bool operator==(const Address& other) const { return bytes == other.bytes; }
};

struct AddressHash {
    std::size_t operator()(const Address& address) const noexcept;
};

enum class Verdict {
    let_in,  // counts from now on
    wait,    // ask again soon: an ACK may be on its way
    refuse,  // with an answer, which is counted
    drop,    // without
};

struct SourceLimits {
    unsigned unacked = 10;    // calls of a source that it has not acknowledged
    unsigned refusals = 50;   // answers a second that turn a call of a source down, but for those that say we are full
    unsigned strangers = 100; // calls of all sources together that never acknowledged one
};

// INVITEs that were turned away.
struct Turned {
    std::uint64_t refused = 0;
    std::uint64_t dropped = 0;
};

class Sources {
public:
    explicit Sources(SourceLimits limits) : limits_(limits) {}

    // Judge an INVITE without a To tag that no transaction took for its own. `call` is its Call-ID and From tag.
    // `waited`: it has waited for as long as it may.
    Verdict judge(const Address& source, const std::string& call, double now, bool waited = false);

    // We sent a response to the INVITE of a call; `tag` is the To tag in it.
    void answered(const std::string& call, std::string_view tag, int status, double now);

    // A call is over, whether or not anybody could be told.
    void ended(const std::string& call, double now);

    // An ACK, or another request that only the receiver of our answer can send.
    void acknowledged(const std::string& call, std::string_view tag, double now);

    // What was turned away since the last look: in all, and of whom, the most first.
    struct Report {
        Turned all;
        std::vector<std::pair<Address, std::uint64_t>> sources;
    };
    Report turned_away();

    std::size_t unacknowledged() const { return calls_.size(); }
    std::size_t remembered() const { return table_.size(); }

private:
    // Answers that may still be given; `rate` more a second, as many at once.
    struct Bucket {
        double tokens = 0;
        double at = 0;

        void refill(double rate, double now);
        bool empty() const { return tokens < 1; }
    };

    struct Source {
        unsigned unacked = 0;
        unsigned unanswered = 0;  // of those
        double answered_at = -1e9;  // the last of those that were
        double credit = 0;        // ACKs, each worth half as much 10 s later
        double credit_at = 0;
        Bucket refusals;
        bool known = false;       // has acknowledged, and not let us wait in vain for all it was given since
        std::uint64_t turned_away = 0;  // since the last look
        std::list<Address>::iterator place;  // in strangers_ or known_
    };

    struct Call {
        Address source;
        double since = 0;
        std::optional<double> answered;  // finally
        std::string tag;
    };

    using Calls = std::unordered_map<std::string, Call>;

    Source& meet(const Address& address, double now);
    void forget_oldest(std::list<Address>& list);
    void move(Source& source, bool known);
    void refresh(Source& source, double now) const;
    static bool may_yet_acknowledge(const Source& source, double now);
    Verdict refuse(Source& source, double now);
    Verdict drop(Source& source);
    void finish(Call& call, double now);
    Source& settle(Calls::iterator call);
    void expire(double now);

    SourceLimits limits_;
    std::unordered_map<Address, Source, AddressHash> table_;
    std::list<Address> strangers_, known_;  // oldest first
    Calls calls_;
    unsigned strange_calls_ = 0;
    Bucket strange_refusals_;
    Turned turned_away_;
    double expired_at_ = 0;
};

}  // namespace sip
