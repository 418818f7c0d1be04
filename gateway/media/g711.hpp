// SPDX-License-Identifier: GPL-3.0-or-later
// G.711 to samples and back (ITU-T G.711 tables 1 and 2).

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

// The code of a sample, by its upper 14 bits: a level's own code is found again, but for the two zeros of mu-law.
using LevelCodes = std::array<std::uint8_t, 16384>;

constexpr int segment_of(int magnitude) noexcept {
    int segment = 0;
    while (segment < 7 && magnitude >= 256 << segment) ++segment;
    return segment;
}

constexpr LevelCodes ulaw_codes() noexcept {
    LevelCodes codes{};
    for (int value = -32768; value < 32768; value += 4) {
        const int size = value < 0 ? -value : value;
        const int magnitude = (size < 32635 ? size : 32635) + 132;
        const int segment = segment_of(magnitude);
        const int bits = (value < 0 ? 0x80 : 0) | segment << 4 | (magnitude >> (segment + 3) & 0x0F);
        codes[static_cast<std::size_t>(value >> 2 & 0x3FFF)] = static_cast<std::uint8_t>(~bits);
    }
    return codes;
}

constexpr LevelCodes alaw_codes() noexcept {
    LevelCodes codes{};
    for (int value = -32768; value < 32768; value += 4) {
        const int magnitude = value < 0 ? -value - 1 : value;
        const int segment = segment_of(magnitude);
        const int bits = segment << 4 | (magnitude >> (segment == 0 ? 4 : segment + 3) & 0x0F);
        codes[static_cast<std::size_t>(value >> 2 & 0x3FFF)] = static_cast<std::uint8_t>((bits | (value < 0 ? 0 : 0x80)) ^ 0x55);
    }
    return codes;
}

inline constexpr LevelCodes kUlawCodes = ulaw_codes();
inline constexpr LevelCodes kAlawCodes = alaw_codes();

// The codes of so many samples, as the tables have them, by arithmetic: on the media thread a table would have to come
// back into the cache at each tick. `type`: kPcmu or kPcma.
void encode(unsigned type, const std::int16_t* samples, std::size_t count, std::uint8_t* codes) noexcept;

inline std::uint8_t code_of(const LevelCodes& codes, std::int16_t sample) noexcept {
    return codes[static_cast<std::size_t>(sample >> 2 & 0x3FFF)];
}

}  // namespace media
