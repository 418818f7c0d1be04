// SPDX-License-Identifier: GPL-3.0-or-later
// A port's side towards the model: what the caller said, at the model's rate, in a ring for Python; or for a link
// that brings it to the model, with Python some way behind to know what was sent.

#pragma once

#include <atomic>
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

    // Python's thread, before a link sends: it begins with what was not read.
    void begin_sending() noexcept { sent_.store(ring_.next(), std::memory_order_relaxed); }
    // The links' thread: frames that wait, oldest first. None, too, when some were overwritten.
    std::size_t send(std::int16_t* into, std::size_t limit) noexcept {
        const std::uint64_t from = sent_.load(std::memory_order_relaxed);
        const std::size_t frames = ring_.peek(from, into, limit);
        sent_.store(from + frames, std::memory_order_release);
        return frames;
    }
    bool overwritten() const noexcept { return ring_.overwritten(sent_.load(std::memory_order_relaxed)); }
    // Python's thread: frames that were sent and not read.
    std::size_t unread() const noexcept {
        const std::uint64_t sent = sent_.load(std::memory_order_acquire);
        return sent > ring_.next() ? static_cast<std::size_t>(sent - ring_.next()) : 0;
    }

private:
    static constexpr std::size_t kFrames = 100;  // about two seconds

    const unsigned rate_;
    FrameRing ring_;
    std::atomic<std::uint64_t> sent_{0};  // frames, ever
};

}  // namespace media
