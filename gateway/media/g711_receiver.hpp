// SPDX-License-Identifier: GPL-3.0-or-later
// A caller's sound out of packets of G.711. Both laws are understood at any time: some phones change theirs without a
// word.

#pragma once

#include <cstddef>
#include <cstdint>

#include "g711.hpp"
#include "sample_receiver.hpp"

namespace media {

struct G711Decoder {
    static constexpr std::size_t kTimes = 1;

    static bool takes(unsigned type) noexcept { return type == kPcmu || type == kPcma; }
    static std::size_t decode(unsigned type, const std::uint8_t* bytes, std::size_t size, std::int16_t* out) noexcept {
        const CodeLevels& levels = type == kPcma ? kAlaw : kUlaw;
        for (std::size_t i = 0; i < size; ++i) out[i] = levels[bytes[i]];
        return size;
    }
};

using G711Receiver = SampleReceiver<G711Decoder>;

extern template class SampleReceiver<G711Decoder>;

}  // namespace media
