// SPDX-License-Identifier: GPL-3.0-or-later
// A port's side towards the model: what the caller said, at the model's rate, in a ring for Python.

#pragma once

#include <cstddef>
#include <cstdint>

#include "ring.hpp"

namespace media {

class Capture {
public:
    // `rate` is a multiple of 8000. Throws std::bad_alloc.
    explicit Capture(unsigned rate) : rate_(rate), ring_(rate / 50, kFrames) {}

    // Media thread: one tick of the caller, at `rate`. Never waits; the oldest frames make room.
    void put(const std::int16_t* caller) noexcept { ring_.write(caller); }

    // Python's thread reads; frames are 20 ms at `rate`.
    FrameRing& ring() noexcept { return ring_; }
    const FrameRing& ring() const noexcept { return ring_; }
    unsigned rate() const noexcept { return rate_; }

private:
    static constexpr std::size_t kFrames = 100;  // about two seconds

    const unsigned rate_;
    FrameRing ring_;
};

}  // namespace media
