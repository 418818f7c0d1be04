// SPDX-License-Identifier: GPL-3.0-or-later
// Whether Python is to be woken. Each wake-up finds the processor's caches cold, and costs as much as what it is for: so
// only that wakes it which somebody waits for, such as a caller who interrupts, or the first sound of an answer. All else
// rides along with what does, or wakes it when it has waited for a tenth of a second.
//
// Pure: no I/O, no clock, not thread-safe. Times are ns of CLOCK_MONOTONIC.

#pragma once

#include <cstdint>
#include <limits>

namespace media {

class WakeUp {
public:
    static constexpr std::int64_t kPatience = 100'000'000;  // for which it waits at most, what nobody waits for

    // There is something that somebody waits for.
    void needed() noexcept;
    // There is something that may wait until then.
    void needed_by(std::int64_t due_ns) noexcept;

    // Python is to be woken now.
    bool due(std::int64_t now_ns) const noexcept;
    // It is to be woken at some time.
    bool waits() const noexcept { return due_ns_ != kNever; }
    // It has been, and takes all that there is.
    void rung() noexcept;

private:
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    std::int64_t due_ns_ = kNever;
};

}  // namespace media
