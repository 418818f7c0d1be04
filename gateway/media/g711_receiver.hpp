// SPDX-License-Identifier: GPL-3.0-or-later
// A caller's sound out of packets of G.711. Both laws are understood at any time, some phones change theirs without a
// word; and G.722 of one whose offer or answer names it, too.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "g722_codec.hpp"
#include "sample_receiver.hpp"

namespace media {

class G711Decoder {
public:
    static constexpr std::size_t kTimes = 1;
    static constexpr std::size_t kClock = 8000;
    static constexpr bool kRestores = false;

    G711Decoder() = default;
    explicit G711Decoder(G722Codec wide) : wide_(std::move(wide)) {}

    bool takes(unsigned type) const noexcept;
    std::size_t decode(unsigned type, const std::uint8_t* bytes, std::size_t size, std::int16_t* out) noexcept;

private:
    std::optional<G722Codec> wide_;
    HalfBand half_band_;
};

using G711Receiver = SampleReceiver<G711Decoder>;

extern template class SampleReceiver<G711Decoder>;

}  // namespace media
