// SPDX-License-Identifier: GPL-3.0-or-later
// A port's side towards the model: the caller's 8 kHz ticks, resampled, in a ring for Python.
//
// speexdsp at quality 5: 5 ms of delay, constant 20 ms in and 20 ms out, images of the telephone band below
// -90 dB. soxr, better on files, holds back 40-75 ms here because its FFT works in blocks.

#pragma once

#include <speex/speex_resampler.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include "playout.hpp"
#include "ring.hpp"

namespace media {

class Capture {
public:
    // `rate` is a multiple of 8000 up to 24000. Throws std::bad_alloc.
    explicit Capture(unsigned rate);

    // Media thread: one tick of the caller. Never waits; the oldest frames make room.
    void put(const Tick& caller) noexcept;

    // Python's thread reads; frames are 20 ms at `rate`.
    FrameRing& ring() noexcept { return ring_; }
    const FrameRing& ring() const noexcept { return ring_; }
    unsigned rate() const noexcept { return rate_; }

private:
    static constexpr std::size_t kFrames = 100;  // about two seconds
    static constexpr std::size_t kLargestFrame = 480;
    static constexpr int kQuality = 5;

    struct Destroy {
        void operator()(SpeexResamplerState* state) const noexcept { speex_resampler_destroy(state); }
    };

    const unsigned rate_;
    std::unique_ptr<SpeexResamplerState, Destroy> resampler_;  // none at 8 kHz
    FrameRing ring_;
};

// ------------------------------------------------------------------------------------ implementation

inline Capture::Capture(unsigned rate) : rate_(rate), ring_(rate / 50, kFrames) {
    if (rate == 8000) return;
    int error = RESAMPLER_ERR_SUCCESS;
    resampler_.reset(speex_resampler_init(1, 8000, rate, kQuality, &error));
    if (error != RESAMPLER_ERR_SUCCESS) throw std::bad_alloc();
}

inline void Capture::put(const Tick& caller) noexcept {
    if (!resampler_) return ring_.write(caller.data());
    std::array<std::int16_t, kLargestFrame> frame;
    auto taken = static_cast<spx_uint32_t>(caller.size());
    auto given = static_cast<spx_uint32_t>(ring_.frame_samples());
    // A whole multiple: every tick takes all its samples and gives exactly one frame.
    speex_resampler_process_int(resampler_.get(), 0, caller.data(), &taken, frame.data(), &given);
    ring_.write(frame.data());
}

}  // namespace media
