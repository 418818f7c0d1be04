// SPDX-License-Identifier: GPL-3.0-or-later
// Who taps a leg. What is said in a tick is kept until its end, as the caller's side of it may be known only then:
// both are written as one.

#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "heard_tick.hpp"
#include "line_rate.hpp"
#include "roster.hpp"
#include "tap.hpp"

namespace media {

class LegTaps {
public:
    // ---- any thread but the media thread

    void join(std::shared_ptr<TapRing> tap) { taps_.join(std::move(tap)); }

    // ---- media thread

    bool empty() const noexcept { return taps_.empty(); }
    // What is said in this tick, at the line's rate.
    void keep(unsigned rate, const std::int16_t* said) noexcept {
        if (empty()) return;
        rate_ = rate;
        taps_.each([&](TapRing& tap) { tap.keep(said, rate / 50); });
    }
    // The end of a tick of that number, in which that was heard; `missing`: nothing had come.
    void end_tick(std::uint64_t tick, HeardTick& heard, bool missing) noexcept {
        if (rate_ != 0) write(tick, heard, missing);
        taps_.review();
    }

private:
    void write(std::uint64_t tick, HeardTick& heard, bool missing) noexcept {
        static constexpr std::int16_t kNothing[kLargestTick] = {};
        const std::int16_t* const caller = heard.at(rate_);
        const TapTick what{tick, rate_, caller == nullptr || missing ? 1U : 0U};
        taps_.each([&](TapRing& tap) { tap.write(what, caller != nullptr ? caller : kNothing); });
        rate_ = 0;
    }

    Roster<TapRing> taps_;
    unsigned rate_ = 0;  // of what is kept; 0: nothing
};

}  // namespace media
