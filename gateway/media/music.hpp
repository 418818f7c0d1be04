// SPDX-License-Identifier: GPL-3.0-or-later
// Something that a leg hears over and over while it waits: it gives way to whatever else is said, and goes on after.

#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "playout.hpp"

namespace media {

// PCM at 24 kHz, shared by all who hear it.
using Samples = std::vector<std::int16_t>;

class Music {
public:
    // `samples` are not empty. `level`: 0 to 1.
    Music(std::shared_ptr<const Samples> samples, float level) : samples_(std::move(samples)), full_(level) {}
    Music(const Music&) = delete;
    Music& operator=(const Music&) = delete;

    // Any thread: fade and go.
    void stop() noexcept { stopping_.store(true, std::memory_order_relaxed); }

    // ---- media thread

    // Adds a tick. `gives_way`: something else is said in it.
    void mix(Tick& out, bool gives_way) noexcept;
    bool gone() const noexcept { return over_; }

private:
    static constexpr float kRiseTicks = 10;  // back to its level within 200 ms; gone within one tick

    std::int16_t next() noexcept {
        const std::int16_t sample = (*samples_)[position_];
        if (++position_ == samples_->size()) position_ = 0;
        return sample;
    }

    const std::shared_ptr<const Samples> samples_;
    const float full_;
    std::atomic<bool> stopping_{false};
    // The media thread's own:
    std::size_t position_ = 0;
    float level_ = 0.0F;  // at the end of the last tick
    bool over_ = false;
};

// ------------------------------------------------------------------------------------ implementation

inline void Music::mix(Tick& out, bool gives_way) noexcept {
    const bool stopping = stopping_.load(std::memory_order_relaxed);
    const float wanted = stopping || gives_way ? 0.0F : full_;
    const float after = wanted > level_ ? std::min(wanted, level_ + full_ / kRiseTicks) : wanted;
    over_ = stopping && after == 0.0F;
    if (level_ == 0.0F && after == 0.0F) return;  // it waits where it is
    const float step = (after - level_) / static_cast<float>(kTickSamples);
    float level = level_;
    for (std::int16_t& sample : out) {
        level += step;
        const float sum = static_cast<float>(sample) + level * static_cast<float>(next());
        sample = static_cast<std::int16_t>(std::lrintf(std::clamp(sum, -32768.0F, 32767.0F)));
    }
    level_ = after;
}

}  // namespace media
