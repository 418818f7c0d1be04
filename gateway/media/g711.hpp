// SPDX-License-Identifier: GPL-3.0-or-later
// G.711 to samples (ITU-T G.711 tables 1 and 2).

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace media {

// Payload types of RFC 3551 table 4.
constexpr unsigned kPcmu = 0;
constexpr unsigned kPcma = 8;

using CodeLevels = std::array<std::int16_t, 256>;

constexpr CodeLevels ulaw_levels() noexcept {
    CodeLevels levels{};
    for (int code = 0; code < 256; ++code) {
        const int bits = ~code & 0xFF;  // each is sent inverted
        const int magnitude = ((((bits & 0x0F) << 3) + 132) << ((bits >> 4) & 7)) - 132;
        levels[static_cast<std::size_t>(code)] = static_cast<std::int16_t>((bits & 0x80) != 0 ? -magnitude : magnitude);
    }
    return levels;
}

constexpr CodeLevels alaw_levels() noexcept {
    CodeLevels levels{};
    for (int code = 0; code < 256; ++code) {
        const int bits = code ^ 0x55;  // the even ones are sent inverted
        const int segment = (bits >> 4) & 7;
        const int step = (bits & 0x0F) << 4;
        const int magnitude = segment == 0 ? step + 8 : (step + 264) << (segment - 1);
        levels[static_cast<std::size_t>(code)] = static_cast<std::int16_t>((bits & 0x80) != 0 ? magnitude : -magnitude);
    }
    return levels;
}

inline constexpr CodeLevels kUlaw = ulaw_levels();
inline constexpr CodeLevels kAlaw = alaw_levels();

}  // namespace media
