// SPDX-License-Identifier: GPL-3.0-or-later

#include "sources.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace sip {

namespace {

constexpr std::size_t kRemembered = 4096;  // of each list
constexpr double kAckOnItsWayS = 0.5;      // T1, RFC 3261 section 17.1.1.1: a caller has sent his ACK by then
constexpr double kGivenUpS = 32;           // 64*T1: nobody waits for an ACK any longer (section 13.3.1.4)
constexpr double kLongestRingingS = 180;   // timer C (section 16.6): proxies give up
constexpr double kExpireEveryS = 0.5;
constexpr double kHalfLifeS = 10;
constexpr double kMostCredit = 1024;
constexpr double kStrangeRefusals = 4;  // times those of one source, for all strangers together

// 401 and 407 ask for a password, 3xx say where else: neither turns a caller away. 503 is no fault of the caller's but
// ours, who are full, or about to leave: whoever is told so goes elsewhere, and has to be told (RFC 3261 section 21.5.4).
bool turns_away(int status) { return status >= 400 && status != 401 && status != 407 && status != 503; }

}  // namespace

std::size_t AddressHash::operator()(const Address& address) const noexcept {
    std::uint64_t halves[2];
    std::memcpy(halves, address.bytes.data(), sizeof halves);
    return std::hash<std::uint64_t>{}((halves[0] * 0x9e3779b97f4a7c15U) ^ halves[1]);
}

// --------------------------------------------------------------------------------------------- judgement

Verdict Sources::judge(const Address& address, const std::string& call, double now, bool waited) {
    expire(now);
    Source& source = meet(address, now);
    if (source.refusals.empty()) return drop(source);
    if (calls_.count(call) != 0) {  // the same again by another way (section 8.2.2.2), or long after its answer
        source.refusals.tokens -= 1;
        return Verdict::let_in;
    }
    const bool too_many = source.unacked >= limits_.unacked + static_cast<unsigned>(std::lround(source.credit));
    if (too_many || (!source.known && strange_calls_ >= limits_.strangers)) {
        if (!waited && may_yet_acknowledge(source, now)) return Verdict::wait;
        return refuse(source, now);
    }
    calls_.emplace(call, Call{address, now, std::nullopt, {}});
    ++source.unacked;
    ++source.unanswered;
    if (!source.known) ++strange_calls_;
    return Verdict::let_in;
}

bool Sources::may_yet_acknowledge(const Source& source, double now) {
    return source.unanswered > 0 || now - source.answered_at < kAckOnItsWayS;
}

Verdict Sources::refuse(Source& source, double now) {
    if (!source.known) {
        strange_refusals_.refill(kStrangeRefusals * limits_.refusals, now);
        if (strange_refusals_.empty()) return drop(source);
        strange_refusals_.tokens -= 1;
    }
    source.refusals.tokens -= 1;
    ++source.turned_away;
    ++turned_away_.refused;
    return Verdict::refuse;
}

Verdict Sources::drop(Source& source) {
    ++source.turned_away;
    ++turned_away_.dropped;
    return Verdict::drop;
}

// ------------------------------------------------------------------------------------- what becomes of a call

void Sources::answered(const std::string& call, std::string_view tag, int status, double now) {
    const auto found = calls_.find(call);
    if (found == calls_.end() || found->second.answered) return;
    if (!tag.empty()) found->second.tag = tag;
    if (status < 200) return;
    finish(found->second, now);
    if (!turns_away(status)) return;
    Source& source = table_.at(found->second.source);
    refresh(source, now);
    source.refusals.tokens = std::max(source.refusals.tokens - 1, -static_cast<double>(limits_.refusals));
}

void Sources::ended(const std::string& call, double now) {
    const auto found = calls_.find(call);
    if (found != calls_.end() && !found->second.answered) finish(found->second, now);
}

void Sources::acknowledged(const std::string& call, std::string_view tag, double now) {
    const auto found = calls_.find(call);
    if (found == calls_.end() || !found->second.answered || found->second.tag != tag) return;
    Source& source = settle(found);
    refresh(source, now);
    source.credit = std::min(source.credit + 1, kMostCredit);
    move(source, true);
}

void Sources::finish(Call& call, double now) {
    call.answered = now;
    Source& source = table_.at(call.source);
    --source.unanswered;
    source.answered_at = now;
}

Sources::Source& Sources::settle(Calls::iterator call) {
    Source& source = table_.at(call->second.source);
    --source.unacked;
    if (!call->second.answered) --source.unanswered;
    if (!source.known) --strange_calls_;
    calls_.erase(call);
    return source;
}

void Sources::expire(double now) {
    if (now - expired_at_ < kExpireEveryS) return;
    expired_at_ = now;
    for (auto call = calls_.begin(); call != calls_.end();) {
        const auto next = std::next(call);
        const Call& it = call->second;
        if (it.answered ? now - *it.answered >= kGivenUpS : now - it.since >= kLongestRingingS) {
            Source& source = settle(call);
            refresh(source, now);
            source.credit = std::max(source.credit - limits_.unacked, 0.0);
            if (source.credit < 1) move(source, false);
        }
        call = next;
    }
}

// ----------------------------------------------------------------------------------------------- the table

Sources::Source& Sources::meet(const Address& address, double now) {
    const auto found = table_.find(address);
    if (found != table_.end()) {
        Source& source = found->second;
        refresh(source, now);
        std::list<Address>& list = source.known ? known_ : strangers_;
        list.splice(list.end(), list, source.place);
        return source;
    }
    if (strangers_.size() >= kRemembered) forget_oldest(strangers_);
    Source& source = table_[address];
    source.refusals = {static_cast<double>(limits_.refusals), now};
    source.credit_at = now;
    source.place = strangers_.insert(strangers_.end(), address);
    return source;
}

// One with calls is not forgotten: it would get as many again.
void Sources::forget_oldest(std::list<Address>& list) {
    for (auto place = list.begin(); place != list.end(); ++place) {
        const auto source = table_.find(*place);
        if (source->second.unacked > 0) continue;
        table_.erase(source);
        list.erase(place);
        return;
    }
}

void Sources::move(Source& source, bool known) {
    if (source.known == known) return;
    std::list<Address>& to = known ? known_ : strangers_;
    if (to.size() >= kRemembered) forget_oldest(to);
    to.splice(to.end(), source.known ? known_ : strangers_, source.place);
    source.known = known;
    strange_calls_ = known ? strange_calls_ - source.unacked : strange_calls_ + source.unacked;
}

void Sources::refresh(Source& source, double now) const {
    source.refusals.refill(limits_.refusals, now);
    source.credit *= std::exp2((source.credit_at - now) / kHalfLifeS);
    source.credit_at = now;
}

void Sources::Bucket::refill(double rate, double now) {
    tokens = std::min(tokens + (now - at) * rate, rate);
    at = now;
}

Sources::Report Sources::turned_away() {
    Report report{turned_away_, {}};
    turned_away_ = {};
    for (auto& [address, source] : table_) {
        if (source.turned_away > 0) report.sources.emplace_back(address, source.turned_away);
        source.turned_away = 0;
    }
    std::sort(report.sources.begin(), report.sources.end(),
              [](const auto& one, const auto& other) { return one.second > other.second; });
    return report;
}

}  // namespace sip
