// SPDX-License-Identifier: GPL-3.0-or-later
// A caller who is heard by nobody for a while, without a click where that begins and ends.

#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace media {

class Mute {
public:
    // Any thread; from the next tick on.
    void set(bool on) noexcept { wanted_.store(on, std::memory_order_relaxed); }

    // Media thread: the tick as it is heard, which may be `room`.
    const std::int16_t* apply(const std::int16_t* tick, std::size_t count, std::int16_t* room) noexcept {
        const bool wanted = wanted_.load(std::memory_order_relaxed);
        if (!wanted && !muted_) return tick;
        if (wanted == muted_) {
            std::fill_n(room, count, std::int16_t{0});
            return room;
        }
        const float step = 1.0F / static_cast<float>(count);
        for (std::size_t i = 0; i < count; ++i) {
            const float rising = step * static_cast<float>(i + 1);
            const float part = wanted ? 1.0F - rising : rising;
            room[i] = static_cast<std::int16_t>(std::lrintf(static_cast<float>(tick[i]) * part));
        }
        muted_ = wanted;
        return room;
    }

private:
    std::atomic<bool> wanted_{false};
    bool muted_ = false;  // at the end of the last tick; the media thread's own
};

}  // namespace media
