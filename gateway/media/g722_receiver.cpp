// SPDX-License-Identifier: GPL-3.0-or-later
#include "g722_receiver.hpp"

#include <algorithm>
#include <cmath>

#include "g711.hpp"

namespace media {
namespace {

constexpr unsigned kG722 = 9;  // payload type: RFC 3551 table 4
constexpr std::size_t kFrame = 80;  // bytes of PJSIP's codec: 10 ms
constexpr std::size_t kFrameSamples = 2 * kFrame;

std::int16_t whole(float value) noexcept {
    return static_cast<std::int16_t>(std::lrint(std::clamp(value, -32768.0F, 32767.0F)));
}

// Every second tap of a half-band filter, from its middle on; the others are 0, but for the middle one.
constexpr std::array<float, 6> kHalfBand = {0.6305F, -0.1888F, 0.0908F, -0.0456F, 0.0211F, -0.0080F};

}  // namespace

void Doubler::run(const std::int16_t* in, std::size_t count, std::int16_t* out) noexcept {
    for (std::size_t n = 0; n < count; ++n) {
        std::copy(past_.begin() + 1, past_.end(), past_.begin());
        past_.back() = static_cast<float>(in[n]);
        float between = 0.0F;
        for (std::size_t k = 0; k < kHalfBand.size(); ++k)
            between += kHalfBand[k] * (past_[kTaps / 2 - 1 - k] + past_[kTaps / 2 + k]);
        out[2 * n] = whole(past_[kTaps / 2 - 1]);
        out[2 * n + 1] = whole(between);
    }
}

void G722Decoder::GiveBack::operator()(pjmedia_codec* codec) const noexcept {
    codec->op->close(codec);
    pjmedia_codec_mgr_dealloc_codec(manager, codec);
}

G722Decoder::G722Decoder(pjmedia_codec_mgr* manager, const pjmedia_codec_info& codec, pjmedia_codec_param param)
    : codec_(nullptr, GiveBack{manager}) {
    pjmedia_codec* made = nullptr;
    if (pjmedia_codec_mgr_alloc_codec(manager, &codec, &made) != PJ_SUCCESS) return;
    codec_.reset(made);
    param.setting.plc = 0;  // what is lost is made up for here
    if (made->op->init(made, nullptr) != PJ_SUCCESS || made->op->open(made, &param) != PJ_SUCCESS) codec_.reset();
}

bool G722Decoder::takes(unsigned type) noexcept { return type == kG722 || type == kPcmu || type == kPcma; }

std::size_t G722Decoder::decode(unsigned type, const std::uint8_t* bytes, std::size_t size, std::int16_t* out) noexcept {
    if (type != kG722) {
        const CodeLevels& levels = type == kPcma ? kAlaw : kUlaw;
        for (std::size_t i = 0; i < size; ++i) doubler_.run(&levels[bytes[i]], 1, out + 2 * i);
        return 2 * size;
    }
    std::size_t made = 0;
    for (; size >= kFrame; size -= kFrame, bytes += kFrame) {
        std::array<std::int16_t, kFrameSamples> decoded;
        pjmedia_frame in{};
        in.type = PJMEDIA_FRAME_TYPE_AUDIO;
        in.buf = const_cast<std::uint8_t*>(bytes);  // it only reads
        in.size = kFrame;
        pjmedia_frame samples{};
        samples.buf = decoded.data();
        samples.size = sizeof decoded;
        if (codec_->op->decode(codec_.get(), &in, sizeof decoded, &samples) != PJ_SUCCESS) break;
        for (const std::int16_t sample : decoded) out[made++] = whole(2.0F * static_cast<float>(sample));
    }
    return made;
}

template class SampleReceiver<G722Decoder>;

}  // namespace media
