// SPDX-License-Identifier: GPL-3.0-or-later
#include "tell_moment.hpp"

#include <algorithm>

namespace media {

void TellMoment::took(std::int64_t ns) noexcept { longest_ns_ = std::max(ns, longest_ns_ - longest_ns_ / kForgets); }

std::int64_t TellMoment::before(std::int64_t next_ns, std::int64_t now_ns) const noexcept {
    if (now_ns - came_ns_ > kSilent) return 0;
    const std::int64_t moment = next_ns - kSpare - longest_ns_;
    return moment - now_ns < kLeast ? 0 : moment;
}

}  // namespace media
