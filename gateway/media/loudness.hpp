// SPDX-License-Identifier: GPL-3.0-or-later
// How loud a stretch of sound is, in one look at it.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace media {

struct Loudness {
    int peak = 0;            // largest magnitude
    float magnitude = 0.0F;  // in the mean
    float energy = 0.0F;     // of a sample in the mean; to the next 256, as what is softer is silence
};

// At most 65 536 samples.
Loudness loudness(const std::int16_t* samples, std::size_t count) noexcept;

// How loud one side has been lately: the last 160 ms count most. Written by the media thread, read by any.
class LoudnessMeter {
public:
    void heard(const Loudness& tick) noexcept {
        const float now = energy() + (tick.energy - energy()) / 8.0F;
        energy_.store(now < 1e-3F ? 0.0F : now, std::memory_order_relaxed);  // nothing slower than a number that small
        if (tick.peak > peak_.load(std::memory_order_relaxed)) peak_.store(tick.peak, std::memory_order_relaxed);
    }
    float energy() const noexcept { return energy_.load(std::memory_order_relaxed); }
    // Largest magnitude since the last time.
    int take_peak() noexcept { return peak_.exchange(0, std::memory_order_relaxed); }

private:
    std::atomic<float> energy_{0.0F};
    std::atomic<int> peak_{0};
};

}  // namespace media
