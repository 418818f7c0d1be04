// SPDX-License-Identifier: GPL-3.0-or-later
#include "g711_receiver.hpp"

#include <algorithm>
#include <array>

#include "g711.hpp"

namespace media {

bool G711Decoder::takes(unsigned type) const noexcept {
    return type == kPcmu || type == kPcma || (type == kG722 && wide_.has_value());
}

std::size_t G711Decoder::decode(unsigned type, const std::uint8_t* bytes, std::size_t size, std::int16_t* out) noexcept {
    if (type != kG722) {
        const CodeLevels& levels = type == kPcma ? kAlaw : kUlaw;
        for (std::size_t i = 0; i < size; ++i) out[i] = levels[bytes[i]];
        return size;
    }
    constexpr std::size_t kAtOnce = 80;  // bytes
    std::array<std::int16_t, 2 * kAtOnce> wide;
    std::size_t made = 0;
    for (; size >= kAtOnce; size -= kAtOnce, bytes += kAtOnce) {
        const std::size_t pairs = wide_->decode(bytes, kAtOnce, wide.data()) / 2;
        half_band_.to_narrow(wide.data(), pairs, out + made);
        made += pairs;
    }
    return made;
}

template class SampleReceiver<G711Decoder>;

}  // namespace media
