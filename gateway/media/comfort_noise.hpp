// SPDX-License-Identifier: GPL-3.0-or-later
// The noise behind a caller who says nothing, from what his phone sends of it instead of sound (RFC 3389).

#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace media {

constexpr unsigned kComfortNoise = 13;  // payload type: RFC 3551 table 4

class ComfortNoise {
public:
    // A payload: the level, and the reflection coefficients of the noise's spectrum, if any (section 3).
    void describe(const std::uint8_t* payload, std::size_t size) noexcept {
        if (size == 0) return;
        constexpr int kLoudest = 30;  // dB below overload: what is louder is no background
        constexpr double kLeast = 1e-4;  // a spectrum 40 dB from flat is a tone, and no noise
        const int level = std::max<int>(payload[0] & 0x7F, kLoudest);
        order_ = std::min(size - 1, kOrder);
        double left = 1.0;
        for (std::size_t i = 0; i < order_; ++i) {
            const double factor = 258.0 * (payload[1 + i] - 127) / 32768.0;
            reflections_[i] = static_cast<float>(std::clamp(factor, -0.98, 0.98));
            left *= 1.0 - static_cast<double>(reflections_[i]) * static_cast<double>(reflections_[i]);
        }
        // An evenly spread variable has a standard deviation of 1/sqrt(3) of its bounds.
        if (left < kLeast) {
            order_ = 0;
            left = 1.0;
        }
        const double wanted = 32768.0 * std::pow(10.0, -level / 20.0);
        scale_ = static_cast<float>(wanted * std::sqrt(3.0 * left));
        // What is left in the filter of a louder noise before, or of another spectrum, is not heard either.
        most_ = static_cast<float>(std::min(wanted * kCrest, 32767.0));
        fill_ = true;
    }

    bool on() const noexcept { return fill_; }
    void stop() noexcept { fill_ = false; }

    void make(std::int16_t* out, std::size_t count) noexcept {
        for (std::size_t n = 0; n < count; ++n) {
            seed_ = seed_ * 1664525U + 1013904223U;
            const float noise = static_cast<float>(static_cast<std::int32_t>(seed_)) / 2147483648.0F;
            out[n] = static_cast<std::int16_t>(std::clamp(filtered(noise * scale_), -most_, most_));
        }
    }

private:
    static constexpr std::size_t kOrder = 10;
    static constexpr double kCrest = 4.0;  // of its mean, 12 dB: noise is hardly ever louder

    // The all-pole lattice of section 3's model.
    float filtered(float forward) noexcept {
        for (std::size_t i = order_; i-- > 0;) {
            forward -= reflections_[i] * backward_[i];
            if (i + 1 < kOrder) backward_[i + 1] = backward_[i] + reflections_[i] * forward;
        }
        backward_[0] = forward;
        return forward;
    }

    bool fill_ = false;
    float scale_ = 0.0F;
    float most_ = 0.0F;
    std::size_t order_ = 0;
    std::array<float, kOrder> reflections_{};
    std::array<float, kOrder> backward_{};
    std::uint32_t seed_ = 1;
};

}  // namespace media
