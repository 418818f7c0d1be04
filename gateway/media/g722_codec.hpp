// SPDX-License-Identifier: GPL-3.0-or-later
// G.722 as PJSIP decodes it (RFC 3551 section 4.5.2), and the way from 16 kHz to 8 and back for those who change from it
// to G.711, or the other way, within a stream.

#pragma once

#include <pjmedia/codec.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace media {

constexpr unsigned kG722 = 9;  // payload type: RFC 3551 table 4

// A short half-band filter for both, 0.8 ms late.
class HalfBand {
public:
    // Each sample of 8 kHz makes two of 16; each two make one.
    void to_wide(const std::int16_t* in, std::size_t count, std::int16_t* out) noexcept;
    void to_narrow(const std::int16_t* in, std::size_t pairs, std::int16_t* out) noexcept;

private:
    static constexpr std::size_t kTaps = 12;
    std::array<float, kTaps> past_{};  // those of 8 kHz, or every second one of 16,
    std::array<float, kTaps / 2 + 1> others_{};  // and those between
};

class G722Codec {
public:
    // SIP thread, and so is its end. Opened as a stream's own is.
    G722Codec(pjmedia_codec_mgr* manager, const pjmedia_codec_info& codec, pjmedia_codec_param param);

    explicit operator bool() const noexcept { return codec_ != nullptr; }
    // Two samples of a byte; what is left after the last 80 bytes is not decoded. Returns how many samples.
    std::size_t decode(const std::uint8_t* bytes, std::size_t size, std::int16_t* out) noexcept;

private:
    struct GiveBack {
        pjmedia_codec_mgr* manager;
        void operator()(pjmedia_codec* codec) const noexcept;
    };

    std::unique_ptr<pjmedia_codec, GiveBack> codec_;
};

}  // namespace media
