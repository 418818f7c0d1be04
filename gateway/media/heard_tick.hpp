// SPDX-License-Identifier: GPL-3.0-or-later
// What a leg's caller says in this tick, for others than his own agent: at each rate that somebody wants it at.
//
// It is changed to a rate once, however many want it, where the stream's resamplers are safe to use. Whoever asks for
// a rate for the first time gets it from the next tick on. The media thread's alone.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "line_rate.hpp"

namespace media {

class HeardTick {
public:
    void put(LineRate& line, const std::int16_t* caller) noexcept {
        rate_ = line.rate();
        kept_ = wanted_;
        wanted_ = 0;
        for (std::size_t i = 0; i < kLineRates.size(); ++i)
            if ((kept_ >> i & 1U) != 0) line.others[i].run(caller, samples_.data() + kBegin[i]);
    }

    // Samples a second of the line in this tick; 0 if there was none.
    unsigned rate() const noexcept { return rate_; }

    // At this line's rate it will be asked for: from the next `put` on it is there, until nobody asks.
    void want(unsigned rate) noexcept { wanted_ |= 1U << place_of(rate); }

    // The tick at a line's rate; nullptr if there is none. From now on it is wanted.
    const std::int16_t* at(unsigned rate) noexcept {
        want(rate);
        const std::size_t place = place_of(rate);
        return (kept_ >> place & 1U) != 0 ? samples_.data() + kBegin[place] : nullptr;
    }

    void end_tick() noexcept {
        rate_ = 0;
        kept_ = 0;
    }

private:
    static std::size_t place_of(unsigned rate) noexcept {
        std::size_t place = 0;
        while (kLineRates[place] != rate && place + 1 < kLineRates.size()) ++place;
        return place;
    }

    static constexpr std::array<std::size_t, kLineRates.size()> kBegin = {0, 160, 480, 960};

    std::array<std::int16_t, 1920> samples_{};
    unsigned rate_ = 0;
    unsigned kept_ = 0;    // a bit for each rate
    unsigned wanted_ = 0;  // in the next tick
};

}  // namespace media
