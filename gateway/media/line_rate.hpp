// SPDX-License-Identifier: GPL-3.0-or-later
// What a line's rate asks for: its sound as a channel hears and plays it. Made where the two are joined, on a thread
// that may allocate; used on the media thread.

#pragma once

#include <array>
#include <cstddef>

#include "resampler.hpp"
#include "said_rate.hpp"
#include "voice.hpp"

namespace media {

// What a codec of a line may run at.
constexpr std::array<unsigned, 4> kLineRates = {8000, 16000, 24000, 48000};

struct LineRate {
    // `line`: samples a second of the codec; `caller`: of what the model hears.
    LineRate(unsigned line, unsigned caller)
        : heard(line, caller),
          narrow(line, kVoiceRate),
          voice(line, kVoiceRate),
          said(line),
          others{Resampler(line, kLineRates[0]), Resampler(line, kLineRates[1]), Resampler(line, kLineRates[2]),
                 Resampler(line, kLineRates[3])} {}

    std::size_t tick() const noexcept { return heard.tick_in(); }
    unsigned rate() const noexcept { return static_cast<unsigned>(50 * tick()); }

    // Asks for the memory that a tick of the caller will need.
    void expect_heard() const noexcept {
        fetch_between(this, &said);
        if (heard.tick_in() > heard.tick_out()) heard.expect();  // others go on as they are
    }

    Resampler heard;
    Resampler narrow;  // the same, where it hears 8 kHz
    Resampler voice;
    SaidRate said;
    std::array<Resampler, kLineRates.size()> others;  // for legs that are joined, each at its own rate
};

}  // namespace media
