// SPDX-License-Identifier: GPL-3.0-or-later
// A port's side towards the model: what the caller said, at the model's rate, in a ring for Python; or for a link
// that brings it to the model, with Python some way behind to know what was sent.

#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "g711.hpp"
#include "ring.hpp"

namespace media {

// How a link brings the caller to a model.
enum class Law : std::uint8_t { pcm, pcmu, pcma };

class Capture {
public:
    // `rate` is a multiple of 8000. Throws std::bad_alloc.
    explicit Capture(unsigned rate) : rate_(rate), ring_(rate / 50, kFrames) {}

    // Media thread: one tick of the caller, at `rate`. Never waits; the oldest frames make room.
    void put(const std::int16_t* caller) noexcept {
        ring_.write(caller);
        ++put_;
    }
    void expect() const noexcept { ring_.expect(); }  // asks for the memory that this will need
    // Media thread, before that: how loud the tick is (mean magnitude), if it is the line's own; negative: it is not.
    void follow(float level) noexcept {
        if (level >= 0) floor_ = std::min(level, floor_ * kRise + 0.1F);
        if (level < 0 || level > kAbove * floor_ + kFaint) hurry_until_.store(put_ + kAfterVoice, std::memory_order_relaxed);
    }

    // Python's thread reads; frames are 20 ms at `rate`.
    FrameRing& ring() noexcept { return ring_; }
    const FrameRing& ring() const noexcept { return ring_; }
    unsigned rate() const noexcept { return rate_; }

    // Python's thread, before a link sends: it begins with what was not read.
    void begin_sending() noexcept { sent_.store(ring_.next(), std::memory_order_relaxed); }
    // Before that: how. G.711 asks for a caller who is kept narrow.
    void send_as(Law law) noexcept {
        law_.store(law, std::memory_order_relaxed);
        if (law != Law::pcm) keep_narrow(true);
    }
    // From the next tick on the caller is 8 kHz in the dress of the rate (`held.hpp`), or not.
    void keep_narrow(bool on) noexcept { narrow_.store(on, std::memory_order_relaxed); }
    bool narrow() const noexcept { return narrow_.load(std::memory_order_relaxed); }

    // Any thread: so many frames of silence are sent together, from a second after the caller's last word on. With the
    // first tick that is more than silence everything goes.
    void gather_silence(unsigned frames) noexcept { together_.store(frames, std::memory_order_relaxed); }

    // The links' thread: frames that wait, oldest first, as they are sent. None, too, when some were overwritten.
    std::size_t send(std::int16_t* into, std::size_t limit) noexcept {
        const std::uint64_t from = sent_.load(std::memory_order_relaxed), written = ring_.written();
        const bool silence = written > hurry_until_.load(std::memory_order_relaxed);
        if (silence && written - from < together_.load(std::memory_order_relaxed)) return 0;
        const std::size_t frames = ring_.peek(from, into, limit);
        encode(into, frames);
        sent_.store(from + frames, std::memory_order_release);
        return frames;
    }
    // Bytes of each of them.
    std::size_t sent_bytes() const noexcept {
        return law_.load(std::memory_order_relaxed) == Law::pcm ? ring_.frame_samples() * sizeof(std::int16_t) : kCodes;
    }
    bool overwritten() const noexcept { return ring_.overwritten(sent_.load(std::memory_order_relaxed)); }
    // Python's thread: frames that were sent and not read.
    std::size_t unread() const noexcept {
        const std::uint64_t sent = sent_.load(std::memory_order_acquire);
        return sent > ring_.next() ? static_cast<std::size_t>(sent - ring_.next()) : 0;
    }

private:
    static constexpr std::size_t kFrames = 64;   // a second and a quarter
    static constexpr std::size_t kCodes = 160;   // of G.711 in 20 ms
    // Silence is what is about as soft as the line's pauses have been: see RtpStream::follow.
    static constexpr float kRise = 1.015F, kAbove = 2.0F, kFaint = 16.0F;
    static constexpr std::uint64_t kAfterVoice = 60;  // frames: servers take half of it, or more, for the end of a turn

    // Each code is written where its sample, or an earlier one, has been read.
    void encode(std::int16_t* frames, std::size_t count) const noexcept {
        const Law law = law_.load(std::memory_order_relaxed);
        if (law == Law::pcm) return;
        const LevelCodes& codes = law == Law::pcmu ? kUlawCodes : kAlawCodes;
        const std::size_t step = ring_.frame_samples() / kCodes;
        auto* const bytes = reinterpret_cast<std::uint8_t*>(frames);
        for (std::size_t i = 0; i < count * kCodes; ++i) {
            const std::uint8_t code = code_of(codes, frames[i * step]);
            bytes[i] = code;
        }
    }

    const unsigned rate_;
    FrameRing ring_;
    std::atomic<std::uint64_t> sent_{0};  // frames, ever
    std::atomic<Law> law_{Law::pcm};
    std::atomic<bool> narrow_{false};
    std::atomic<unsigned> together_{1};
    std::atomic<std::uint64_t> hurry_until_{0};  // number of a frame
    // The media thread's own:
    std::uint64_t put_ = 0;  // frames, ever
    float floor_ = 1e6F;
};

}  // namespace media
