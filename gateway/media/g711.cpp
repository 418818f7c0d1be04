// SPDX-License-Identifier: GPL-3.0-or-later
// A level's segment is the exponent, and its step are the upper bits of the fraction, of the same number as a float.

#include "g711.hpp"

#include <algorithm>
#include <cstring>

#include "processors.hpp"

namespace media {
namespace {

// Of a magnitude of 128 at least.
__attribute__((always_inline)) inline std::int32_t segment_and_step(std::int32_t magnitude) noexcept {
    constexpr int kFractionBits = 23, kStepBits = 4;
    constexpr std::int32_t kLowest = (127 + 7) << kStepBits;  // 128 is 2^7
    const auto number = static_cast<float>(magnitude);
    std::int32_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    return (bits >> (kFractionBits - kStepBits)) - kLowest;
}

// Both laws see the upper 14 bits.
__attribute__((always_inline)) inline std::int32_t upper_bits(std::int16_t sample) noexcept { return sample & ~3; }

FOR_EACH_PROCESSOR
void encode_ulaw(const std::int16_t* samples, std::size_t count, std::uint8_t* codes) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t value = upper_bits(samples[i]);
        const std::int32_t size = value < 0 ? -value : value;
        const std::int32_t bits = (value < 0 ? 0x80 : 0) | segment_and_step(std::min(size, 32635) + 132);
        codes[i] = static_cast<std::uint8_t>(~bits);
    }
}

FOR_EACH_PROCESSOR
void encode_alaw(const std::int16_t* samples, std::size_t count, std::uint8_t* codes) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t value = upper_bits(samples[i]);
        const std::int32_t size = value < 0 ? -value - 1 : value;
        const std::int32_t step = size < 256 ? size >> 4 : segment_and_step(std::max(size, 256));
        codes[i] = static_cast<std::uint8_t>((step | (value < 0 ? 0 : 0x80)) ^ 0x55);
    }
}

}  // namespace

void encode(unsigned type, const std::int16_t* samples, std::size_t count, std::uint8_t* codes) noexcept {
    if (type == kPcma) return encode_alaw(samples, count, codes);
    encode_ulaw(samples, count, codes);
}

}  // namespace media
