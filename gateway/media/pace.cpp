// SPDX-License-Identifier: GPL-3.0-or-later
#include "pace.hpp"

#include "monotonic.hpp"

namespace media {

void Pace::begin(std::int64_t due_ns, std::size_t legs, bool waits) noexcept {
    waits_ = waits;
    due_ns_ = due_ns;
    place_ = 0;
    group_ns_ = kMostNs / static_cast<std::int64_t>(legs / kTogether + 1);
}

void Pace::next() noexcept {
    const std::size_t place = place_++;
    if (!waits_ || place == 0 || place % kTogether != 0) return;
    due_ns_ += group_ns_;
    const std::int64_t now = now_ns();
    if (due_ns_ - now < kLeastNs) return;
    sleep_until(due_ns_);
    waited_ns_ += now_ns() - now;
}

}  // namespace media
