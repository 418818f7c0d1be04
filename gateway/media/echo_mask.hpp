// SPDX-License-Identifier: GPL-3.0-or-later
// What is heard in place of an echo: the noise of the line. Silence would do for an ear, but the noise of a line that
// is cut out and let in again tick by tick sounds like speech to a detector of voices.

#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace media {

class EchoMask {
public:
    // The tick as it is heard, which may be `room`; from one state to the other within it. `noise`: root mean square.
    const std::int16_t* apply(bool echo, float noise, const std::int16_t* tick, std::size_t count, std::int16_t* room) noexcept {
        if (!echo && !masked_) return tick;
        constexpr float kRoot3 = 1.7320508F;  // an evenly spread variable has a deviation of 1/sqrt(3) of its bounds
        const float step = 1.0F / static_cast<float>(count);
        for (std::size_t i = 0; i < count; ++i) {
            const float rising = step * static_cast<float>(i + 1);
            const float part = echo == masked_ ? 0.0F : (echo ? 1.0F - rising : rising);  // of the caller
            seed_ = seed_ * 1664525U + 1013904223U;
            const float made = static_cast<float>(static_cast<std::int32_t>(seed_)) / 2147483648.0F * kRoot3 * noise;
            room[i] = static_cast<std::int16_t>(std::lrintf(static_cast<float>(tick[i]) * part + made * (1.0F - part)));
        }
        masked_ = echo;
        return room;
    }

private:
    bool masked_ = false;  // at the end of the last tick
    std::uint32_t seed_ = 1;
};

}  // namespace media
