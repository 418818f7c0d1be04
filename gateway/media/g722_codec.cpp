// SPDX-License-Identifier: GPL-3.0-or-later
#include "g722_codec.hpp"

#include <algorithm>
#include <cmath>

namespace media {
namespace {

constexpr std::size_t kFrame = 80;  // bytes of PJSIP's codec: 10 ms
constexpr std::size_t kFrameSamples = 2 * kFrame;

std::int16_t whole(float value) noexcept {
    return static_cast<std::int16_t>(std::lrint(std::clamp(value, -32768.0F, 32767.0F)));
}

// Every second tap of a half-band filter, from its middle on; the others are 0, but for the middle one.
constexpr std::array<float, 6> kHalfBand = {0.6305F, -0.1888F, 0.0908F, -0.0456F, 0.0211F, -0.0080F};

template <std::size_t kCount>
void push(std::array<float, kCount>& past, std::int16_t sample) noexcept {
    std::copy(past.begin() + 1, past.end(), past.begin());
    past.back() = static_cast<float>(sample);
}

// What lies between the two in the middle.
template <std::size_t kCount>
float between(const std::array<float, kCount>& past) noexcept {
    float sum = 0.0F;
    for (std::size_t k = 0; k < kHalfBand.size(); ++k) sum += kHalfBand[k] * (past[kCount / 2 - 1 - k] + past[kCount / 2 + k]);
    return sum;
}

}  // namespace

void HalfBand::to_wide(const std::int16_t* in, std::size_t count, std::int16_t* out) noexcept {
    for (std::size_t n = 0; n < count; ++n) {
        push(past_, in[n]);
        out[2 * n] = whole(past_[kTaps / 2 - 1]);
        out[2 * n + 1] = whole(between(past_));
    }
}

void HalfBand::to_narrow(const std::int16_t* in, std::size_t pairs, std::int16_t* out) noexcept {
    for (std::size_t n = 0; n < pairs; ++n) {
        push(past_, in[2 * n]);
        push(others_, in[2 * n + 1]);
        out[n] = whole(0.5F * (between(past_) + others_.front()));
    }
}

void G722Codec::GiveBack::operator()(pjmedia_codec* codec) const noexcept {
    codec->op->close(codec);
    pjmedia_codec_mgr_dealloc_codec(manager, codec);
}

G722Codec::G722Codec(pjmedia_codec_mgr* manager, const pjmedia_codec_info& codec, pjmedia_codec_param param)
    : codec_(nullptr, GiveBack{manager}) {
    pjmedia_codec* made = nullptr;
    if (pjmedia_codec_mgr_alloc_codec(manager, &codec, &made) != PJ_SUCCESS) return;
    codec_.reset(made);
    param.setting.plc = 0;  // what is lost is made up for here
    if (made->op->init(made, nullptr) != PJ_SUCCESS || made->op->open(made, &param) != PJ_SUCCESS) codec_.reset();
}

// PJSIP's halves what it decodes (`take_streams`).
std::size_t G722Codec::decode(const std::uint8_t* bytes, std::size_t size, std::int16_t* out) noexcept {
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

}  // namespace media
