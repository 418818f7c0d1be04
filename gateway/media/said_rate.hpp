// SPDX-License-Identifier: GPL-3.0-or-later
// What is said, at 24 kHz, to a line's rate: filtered once, or, where it is 8 kHz in the dress of 24 (`held.hpp`), as it
// is. From one way to the other it goes within 5 ms, as the filter is 3 ms late and the other way is not.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "held.hpp"
#include "resampler.hpp"

namespace media {

constexpr std::size_t kLargestTick = 960;  // 20 ms at 48 kHz

class SaidRate {
public:
    // Ask for the memory that a tick will need: first of what leads to the rest.
    void expect() const noexcept { fetch(this, sizeof *this); }
    void expect_rest() const noexcept { wide_.expect(); }

    explicit SaidRate(unsigned line) : wide_(kAgentRate, line), narrow_(kVoiceRate, line) {}

    // One tick; `said` at the line's rate.
    void run(const Tick& tick, std::int16_t* said) noexcept {
        const int from = is_silent(tick.data(), tick.size()) ? (held_ ? 0 : -1) : held_from(tick);
        const bool before = held_;
        held_ = from >= 0;
        if (!before && !held_) return wide_.run(tick.data(), said);
        narrow_.run(let_go(tick, static_cast<std::size_t>(std::max(from, 0))).data(), said);
        if (before == held_ || (held_ && wide_.silent())) return wide_.pass(tick.data());
        std::array<std::int16_t, kLargestTick> filtered;
        wide_.run(tick.data(), filtered.data());
        fade(held_ ? filtered.data() : said, held_ ? said : filtered.data(), said);
    }

private:
    // From one to the other; `out` may be either.
    void fade(const std::int16_t* from, const std::int16_t* to, std::int16_t* out) const noexcept {
        const std::size_t count = wide_.tick_out();
        const std::size_t faded = count / 4;
        for (std::size_t i = 0; i < count; ++i) {
            const auto part = static_cast<std::int32_t>(std::min(i, faded));
            const std::int32_t sum = from[i] * (static_cast<std::int32_t>(faded) - part) + to[i] * part;
            out[i] = static_cast<std::int16_t>(sum / static_cast<std::int32_t>(faded));
        }
    }

    Resampler wide_;
    Resampler narrow_;
    bool held_ = false;
};

}  // namespace media
