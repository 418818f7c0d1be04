// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <errno.h>
#include <time.h>

#include <cstdint>

namespace media {

// CLOCK_MONOTONIC, until a moment that may be over.
inline void sleep_until(std::int64_t ns) noexcept {
    const timespec until{ns / 1'000'000'000LL, ns % 1'000'000'000LL};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
        // The absolute time still holds.
    }
}

// CLOCK_MONOTONIC.
inline std::int64_t now_ns() noexcept {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace media
