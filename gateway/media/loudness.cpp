// SPDX-License-Identifier: GPL-3.0-or-later
#include "loudness.hpp"

#include <algorithm>
#include <cstdlib>

#include "processors.hpp"

namespace media {

FOR_EACH_PROCESSOR
Loudness loudness(const std::int16_t* samples, std::size_t count) noexcept {
    if (count == 0) return {};
    std::int32_t peak = 0;
    std::uint32_t magnitude = 0;
    std::uint64_t energy = 0;
    constexpr std::size_t kBlock = 480;  // whose sums fit into 32 bits
    for (std::size_t begin = 0; begin < count; begin += kBlock) {
        std::uint32_t block = 0;
        for (std::size_t i = begin; i < std::min(begin + kBlock, count); ++i) {
            const std::int32_t size = std::abs(static_cast<std::int32_t>(samples[i]));
            peak = std::max(peak, size);
            magnitude += static_cast<std::uint32_t>(size);
            block += static_cast<std::uint32_t>(size * size) >> 8U;
        }
        energy += block;
    }
    const auto all = static_cast<float>(count);
    return Loudness{peak, static_cast<float>(magnitude) / all, 256.0F * static_cast<float>(energy) / all};
}

}  // namespace media
