// SPDX-License-Identifier: GPL-3.0-or-later
// Frames of a caller, each at the rate that it was kept at, as a model hears them: at its rate, or as G.711. What the
// filter reaches back to is in the frame before, so that whoever reads may begin anywhere, or again.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "g711.hpp"
#include "held.hpp"
#include "resampler.hpp"
#include "ring.hpp"

namespace media {

class ModelRate {
public:
    static constexpr std::size_t kCodes = 160;  // of G.711 in a frame

    explicit ModelRate(unsigned rate) : rate_(rate), from_8_(8'000, rate), from_16_(16'000, rate) {}

    unsigned rate() const noexcept { return rate_; }
    std::size_t count() const noexcept { return rate_ / 50; }  // samples in a frame

    // `before`: the frame before; as long as there is none, silence. A frame is at this rate or a lower one.
    void run(const Frame& before, const Frame& frame, std::int16_t* out) const noexcept {
        static constexpr std::array<std::int16_t, Frame::kMost> kSilence{};
        if (frame.count == count()) {
            std::copy_n(frame.samples.data(), frame.count, out);
        } else if (frame.held) {
            hold(frame.samples.data(), count() / kVoiceSamples, out);
        } else {
            const RateFilter& filter = frame.count == kVoiceSamples ? from_8_ : from_16_;
            const auto& past = before.count == frame.count ? before.samples : kSilence;
            filter.run(past.data() + frame.count - filter.past(), frame.samples.data(), out);
        }
    }

    // The codes of each sample of 8 kHz, or of the first of those that fit into one.
    static void encode(const LevelCodes& codes, const Frame& frame, std::uint8_t* out) noexcept {
        const std::size_t step = frame.count / kCodes;
        for (std::size_t i = 0; i < kCodes; ++i) out[i] = code_of(codes, frame.samples[i * step]);
    }

private:
    unsigned rate_;
    RateFilter from_8_, from_16_;
};

}  // namespace media
