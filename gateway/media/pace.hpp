// SPDX-License-Identifier: GPL-3.0-or-later
// When legs are spoken to within a tick. One after the other, each packet would be moved by what those before it took
// this time, which varies: words or silence, warm memory or cold. So they are spoken to in groups, each at a moment of its
// own after the tick's; who is early waits, and other threads have the processor meanwhile. Groups are large: to sleep and
// be woken costs as much as a packet or two, and the memory of other calls is colder then.
//
// The media thread's alone.

#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace media {

class Pace {
public:
    // A tick that was due then, with about so many legs. `waits`: whether it is woken in time, when it sleeps.
    void begin(std::int64_t due_ns, std::size_t legs, bool waits) noexcept;

    // Before each leg.
    void next() noexcept;

    // Nanoseconds that were waited since the last time it was asked.
    std::int64_t waited() noexcept { return std::exchange(waited_ns_, 0); }

private:
    static constexpr std::size_t kTogether = 100;
    static constexpr std::int64_t kMostNs = 8'000'000;   // for all groups, which are the closer together the more there are
    static constexpr std::int64_t kLeastNs = 20'000;     // what is shorter is over before it has slept

    bool waits_ = false;
    std::int64_t due_ns_ = 0;  // of the group
    std::int64_t group_ns_ = 0;
    std::size_t place_ = 0;
    std::int64_t waited_ns_ = 0;
};

}  // namespace media
