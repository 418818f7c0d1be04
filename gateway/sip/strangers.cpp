// SPDX-License-Identifier: GPL-3.0-or-later

#include "strangers.hpp"

#include <algorithm>

namespace sip {

namespace {

constexpr std::size_t kRemembered = 1024;
constexpr double kAnswersOfOne = 5;   // a second
constexpr double kAnswersOfAll = 100;
constexpr std::size_t kLongestAgent = 64;

}  // namespace

bool Strangers::Bucket::take(double rate, double now) {
    tokens = std::min(rate, tokens + (now - at) * rate);
    at = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
}

Strangers::Stranger& Strangers::meet(const Address& source, double now) {
    const auto found = known_.find(source);
    if (found != known_.end()) {
        order_.splice(order_.end(), order_, found->second.place);
        return found->second;
    }
    if (known_.size() >= kRemembered) {
        known_.erase(order_.front());
        order_.pop_front();
    }
    const auto place = order_.insert(order_.end(), source);
    return known_.emplace(source, Stranger{{}, {kAnswersOfOne, now}, place}).first->second;
}

void Strangers::knocked(const Address& source, std::string_view method, std::string_view agent, double now) {
    Knocks& knocks = meet(source, now).knocks;
    ++knocks.requests;
    knocks.method = method.substr(0, kLongestAgent);
    knocks.agent = agent.substr(0, kLongestAgent);
}

void Strangers::wrong_password(const Address& source, double now) { ++meet(source, now).knocks.wrong_passwords; }

bool Strangers::may_be_answered(const Address& source, double now) {
    return meet(source, now).answers.take(kAnswersOfOne, now) && answers_.take(kAnswersOfAll, now);
}

Strangers::Report Strangers::take() {
    Report report;
    for (auto& [source, stranger] : known_) {
        if (stranger.knocks.requests == 0 && stranger.knocks.wrong_passwords == 0) continue;
        report.emplace_back(source, std::move(stranger.knocks));
        stranger.knocks = {};
    }
    std::sort(report.begin(), report.end(),
              [](const auto& one, const auto& other) { return one.second.requests > other.second.requests; });
    return report;
}

}  // namespace sip
