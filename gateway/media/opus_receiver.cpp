// SPDX-License-Identifier: GPL-3.0-or-later
#include "opus_receiver.hpp"

#include <opus/opus.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "g711.hpp"
#include "g722_codec.hpp"
#include "sample_receiver.hpp"

namespace media {
namespace {

// At 8 kHz, or 16 (`times` 2).
template <std::size_t times>
class OpusDecoderAt {
public:
    static constexpr std::size_t kTimes = times;
    static constexpr std::size_t kClock = 48'000;
    static constexpr bool kRestores = true;

    explicit OpusDecoderAt(unsigned type) : type_(type) {
        int error = OPUS_OK;
        decoder_.reset(opus_decoder_create(8000 * times, 1, &error));
    }

    explicit operator bool() const noexcept { return decoder_ != nullptr; }
    bool takes(unsigned type) const noexcept { return type == type_ || type == kPcmu || type == kPcma; }
    bool carries(unsigned type) const noexcept { return type == type_; }

    std::size_t decode(unsigned type, const std::uint8_t* bytes, std::size_t size, std::int16_t* out) noexcept {
        if (type != type_) return decode_g711(type == kPcma ? kAlaw : kUlaw, bytes, size, out);
        constexpr std::size_t kSilence = 2;  // bytes at most: RFC 7587 section 3.1.3
        rests_ = size <= kSilence;
        return made(opus_decode(decoder_.get(), bytes, static_cast<opus_int32>(size), out, kLongest, 0));
    }

    // A phone that rests says so every 400 ms, and the codec has a noise for it until then. In the midst of speech it
    // would go on with a vowel for as long.
    std::size_t most_restored() const noexcept { return (rests_ ? 8000 : 800) * times; }

    std::size_t restore(const std::uint8_t* next, std::size_t size, std::int16_t* out, std::size_t count) noexcept {
        count = std::min<std::size_t>(count, kLongest) / kStep * kStep;
        if (count == 0) return 0;
        const auto length = static_cast<opus_int32>(next == nullptr ? 0 : size);
        return made(opus_decode(decoder_.get(), next, length, out, static_cast<int>(count), next == nullptr ? 0 : 1));
    }

private:
    struct GiveBack {
        void operator()(OpusDecoder* decoder) const noexcept { opus_decoder_destroy(decoder); }
    };

    static constexpr int kLongest = 960 * static_cast<int>(times);  // samples in a packet: 120 ms
    static constexpr std::size_t kStep = 20 * times;                // 2.5 ms, of which all lengths are made

    std::size_t decode_g711(const CodeLevels& levels, const std::uint8_t* bytes, std::size_t size, std::int16_t* out) noexcept {
        rests_ = false;
        if constexpr (times == 2) {
            for (std::size_t i = 0; i < size; ++i) half_band_.to_wide(&levels[bytes[i]], 1, out + 2 * i);
        } else {
            std::transform(bytes, bytes + size, out, [&](std::uint8_t code) { return levels[code]; });
        }
        return times * size;
    }

    static std::size_t made(int samples) noexcept { return static_cast<std::size_t>(std::max(samples, 0)); }

    unsigned type_;
    bool rests_ = false;
    HalfBand half_band_;
    std::unique_ptr<OpusDecoder, GiveBack> decoder_;
};

template <std::size_t times>
std::unique_ptr<SoundReceiver> made_at(unsigned type) {
    OpusDecoderAt<times> decoder(type);
    if (!decoder) return nullptr;
    return std::make_unique<SampleReceiver<OpusDecoderAt<times>>>(std::move(decoder));
}

}  // namespace

std::unique_ptr<SoundReceiver> opus_receiver(unsigned rate, unsigned type) {
    return rate == 8000 ? made_at<1>(type) : rate == 16'000 ? made_at<2>(type) : nullptr;
}

}  // namespace media
