// SPDX-License-Identifier: GPL-3.0-or-later
// A caller's sound out of packets of G.722, at 16 kHz. A phone that goes over to G.711 without a word is understood as
// well.

#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "g722_codec.hpp"
#include "sample_receiver.hpp"

namespace media {

class G722Decoder {
public:
    static constexpr std::size_t kTimes = 2;
    static constexpr std::size_t kClock = 8000;  // by mistake, and for ever
    static constexpr bool kRestores = false;

    explicit G722Decoder(G722Codec codec) : codec_(std::move(codec)) {}

    static bool takes(unsigned type) noexcept;
    std::size_t decode(unsigned type, const std::uint8_t* bytes, std::size_t size, std::int16_t* out) noexcept;

private:
    G722Codec codec_;
    HalfBand half_band_;
};

using G722Receiver = SampleReceiver<G722Decoder>;

extern template class SampleReceiver<G722Decoder>;

}  // namespace media
