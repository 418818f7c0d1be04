// SPDX-License-Identifier: GPL-3.0-or-later
// What a line's rate asks for: its sound as a channel hears and plays it. Made where the two are joined, on a thread
// that may allocate; used on the media thread.

#pragma once

#include <cstddef>

#include "playout.hpp"
#include "resampler.hpp"
#include "voice.hpp"

namespace media {

struct LineRate {
    // `line`: samples a second of the codec; `caller`: of what the model hears.
    LineRate(unsigned line, unsigned caller) : heard(line, caller), voice(line, kVoiceRate), said(kAgentRate, line) {}

    std::size_t tick() const noexcept { return heard.tick_in(); }

    Resampler heard;
    Resampler voice;
    Resampler said;
};

constexpr std::size_t kLargestTick = 960;  // 20 ms at 48 kHz

}  // namespace media
