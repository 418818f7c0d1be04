// SPDX-License-Identifier: GPL-3.0-or-later
#include "g722_receiver.hpp"

#include "g711.hpp"

namespace media {

bool G722Decoder::takes(unsigned type) noexcept { return type == kG722 || type == kPcmu || type == kPcma; }

std::size_t G722Decoder::decode(unsigned type, const std::uint8_t* bytes, std::size_t size, std::int16_t* out) noexcept {
    if (type == kG722) return codec_.decode(bytes, size, out);
    const CodeLevels& levels = type == kPcma ? kAlaw : kUlaw;
    for (std::size_t i = 0; i < size; ++i) half_band_.to_wide(&levels[bytes[i]], 1, out + 2 * i);
    return 2 * size;
}

template class SampleReceiver<G722Decoder>;

}  // namespace media
