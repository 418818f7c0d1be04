// SPDX-License-Identifier: GPL-3.0-or-later
// A caller's sound out of packets of G.722 (RFC 3551 section 4.5.2), at 16 kHz. A phone that goes over to G.711 without a
// word is understood as well.

#pragma once

#include <pjmedia/codec.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "sample_receiver.hpp"

namespace media {

// 8 kHz to 16, sample by sample: a short half-band filter, 0.8 ms late.
class Doubler {
public:
    void run(const std::int16_t* in, std::size_t count, std::int16_t* out) noexcept;

private:
    static constexpr std::size_t kTaps = 12;
    std::array<float, kTaps> past_{};
};

class G722Decoder {
public:
    static constexpr std::size_t kTimes = 2;

    // SIP thread, and so is its end. PJSIP's codec, opened as the stream's own is; it halves what it decodes.
    G722Decoder(pjmedia_codec_mgr* manager, const pjmedia_codec_info& codec, pjmedia_codec_param param);

    explicit operator bool() const noexcept { return codec_ != nullptr; }
    static bool takes(unsigned type) noexcept;
    std::size_t decode(unsigned type, const std::uint8_t* bytes, std::size_t size, std::int16_t* out) noexcept;

private:
    struct GiveBack {
        pjmedia_codec_mgr* manager;
        void operator()(pjmedia_codec* codec) const noexcept;
    };

    std::unique_ptr<pjmedia_codec, GiveBack> codec_;
    Doubler doubler_;
};

using G722Receiver = SampleReceiver<G722Decoder>;

extern template class SampleReceiver<G722Decoder>;

}  // namespace media
