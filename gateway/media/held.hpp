// SPDX-License-Identifier: GPL-3.0-or-later
// Sound of 8 kHz in the dress of a higher rate: each sample is held for as many of the others as fit. Nothing has to be
// filtered to put it on, and nothing to take it off again: G.711 goes from a line to a model and back as it is.
//
// It fits between Python and the plane only: whatever else listens to it would hear its images above 4 kHz.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "playout.hpp"
#include "voice.hpp"

namespace media {

// 20 ms to `times` the rate.
inline void hold(const std::int16_t* narrow, std::size_t times, std::int16_t* out) noexcept {
    for (std::size_t i = 0; i < kVoiceSamples; ++i) out = std::fill_n(out, times, narrow[i]);
}

inline constexpr std::size_t kHeldFor = kAgentRate / kVoiceRate;

// Where in a tick the first sample begins that is held throughout, 0 to 2; negative if they are not.
inline int held_from(const Tick& tick) noexcept {
    for (std::size_t from = 0; from < kHeldFor; ++from) {
        bool held = true;
        for (std::size_t i = from; held && i + 2 < tick.size(); i += kHeldFor)
            held = tick[i] == tick[i + 1] && tick[i] == tick[i + 2];
        if (held) return static_cast<int>(from);
    }
    return -1;
}

inline VoiceTick let_go(const Tick& tick, std::size_t from) noexcept {
    VoiceTick narrow;
    for (std::size_t i = 0; i < narrow.size(); ++i) narrow[i] = tick[from + kHeldFor * i];
    return narrow;
}

}  // namespace media
