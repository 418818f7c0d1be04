// SPDX-License-Identifier: GPL-3.0-or-later
// When Python is told of what models say: shortly before the next tick of the media clock, for it decides nothing that
// is heard sooner. What comes until then is read and told at one go; what comes between then and the tick, at once.
//
// How shortly is by what Python has needed lately. While models are silent nothing waits, and whoever speaks first
// is heard at once.
//
// Pure: no I/O, no clock, not thread-safe. Times are ns of CLOCK_MONOTONIC.

#pragma once

#include <cstdint>

namespace media {

class TellMoment {
public:
    // Something came from a model at this time.
    void came(std::int64_t now_ns) noexcept { came_ns_ = now_ns; }
    // Once a tick: the longest that Python has taken since the last one until it had heard all that it was told of.
    void took(std::int64_t ns) noexcept;

    // When to tell of what comes from now on, before the tick that is due next; 0: at once.
    std::int64_t before(std::int64_t next_ns, std::int64_t now_ns) const noexcept;

private:
    static constexpr std::int64_t kMs = 1'000'000;
    static constexpr std::int64_t kSilent = 100 * kMs;  // a model that speaks sends something at least as often
    static constexpr std::int64_t kSpare = 2 * kMs;     // for what takes longer than it ever did
    static constexpr std::int64_t kLeast = 4 * kMs;     // what is shorter brings little together
    static constexpr std::int64_t kForgets = 64;        // ticks: about a second

    std::int64_t came_ns_ = -kSilent;
    std::int64_t longest_ns_ = 0;
};

}  // namespace media
