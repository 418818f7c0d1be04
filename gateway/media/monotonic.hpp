// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <time.h>

#include <cstdint>

namespace media {

// CLOCK_MONOTONIC.
inline std::int64_t now_ns() noexcept {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace media
