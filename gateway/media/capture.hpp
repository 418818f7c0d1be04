// SPDX-License-Identifier: GPL-3.0-or-later
// A port's side towards the model: what the caller said, in a ring for Python, or for a link that brings it to the
// model.
//
// It is kept at the line's rate, where that is the lower one, and brought to the model's by whoever reads it.

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "g711.hpp"
#include "model_rate.hpp"
#include "ring.hpp"

namespace media {

// How a link brings the caller to a model.
enum class Law : std::uint8_t { pcm, pcmu, pcma };

class Capture {
public:
    // `rate` is a multiple of 8000. Throws std::bad_alloc.
    explicit Capture(unsigned rate) : rate_(rate), ring_(rate_.count(), kFrames) {}

    // Media thread: one tick of the caller, as in `Frame`, at `rate` or a lower one. Never waits; the oldest frames make
    // room.
    void put(const std::int16_t* caller, std::size_t count, bool held = false) noexcept {
        ring_.write(caller, count, held);
        ++put_;
    }
    // Media thread: the tick before; without samples if there was none.
    Frame last() const noexcept {
        Frame last;
        ring_.copy(ring_.written() - 1, last);
        return last;
    }
    void expect() const noexcept { ring_.expect(ring_.written()); }  // asks for the memory that this will need
    // Media thread, before that: how loud the tick is (mean magnitude), if it is the line's own; negative: it is not.
    void follow(float level) noexcept {
        if (level >= 0) floor_ = std::min(level, floor_ * kRise + 0.1F);
        if (level < 0 || level > kAbove * floor_ + kFaint) hurry_until_.store(put_ + kAfterVoice, std::memory_order_relaxed);
    }

    unsigned rate() const noexcept { return rate_.rate(); }
    std::size_t count() const noexcept { return rate_.count(); }  // samples of a frame at that

    // Python's thread: takes up to `limit` frames that wait, oldest first, at `rate`; returns how many.
    std::size_t read(std::int16_t* into, std::size_t limit) noexcept;
    // Python's thread. Frames that `read` would give now.
    std::size_t waiting() const noexcept { return ring_.waiting(); }
    // Python's thread: frames overwritten before they were read.
    std::uint64_t lost() const noexcept { return ring_.lost(); }

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
    std::size_t send(std::int16_t* into, std::size_t limit) noexcept;
    // Asks for the memory of the next one, and of the one before.
    void expect_sent() const noexcept {
        const std::uint64_t next = sent_.load(std::memory_order_relaxed);
        ring_.expect(next - 1);
        ring_.expect(next);
    }
    // Bytes of each of them.
    std::size_t sent_bytes() const noexcept {
        return law_.load(std::memory_order_relaxed) == Law::pcm ? count() * sizeof(std::int16_t) : ModelRate::kCodes;
    }
    bool overwritten() const noexcept { return ring_.overwritten(sent_.load(std::memory_order_relaxed)); }
    // Any thread: a frame as it came from the line; false if it was overwritten.
    bool copy(std::uint64_t frame, Frame& into) const noexcept { return ring_.copy(frame, into); }
    // The same at `rate`.
    bool copy_at_rate(std::uint64_t frame, std::int16_t* into) const noexcept { return at_rate(frame, into, 1) == 1; }
    // The frame that is to be sent next.
    std::uint64_t sent() const noexcept { return sent_.load(std::memory_order_acquire); }
    // Python's thread, once no link sends: what was sent is not read again.
    void pass_sent() noexcept {
        if (sent() > ring_.next()) ring_.pass(sent() - ring_.next());
    }

private:
    static constexpr std::size_t kFrames = 62;  // a second and a quarter: at 8 kHz, five of the system's pages
    // Silence is what is about as soft as the line's pauses have been: see RtpStream::follow.
    static constexpr float kRise = 1.015F, kAbove = 2.0F, kFaint = 16.0F;
    static constexpr std::uint64_t kAfterVoice = 60;  // frames: servers take half of it, or more, for the end of a turn

    // Up to `limit` frames from this one on; fewer where one is not yet or no more.
    std::size_t at_rate(std::uint64_t from, std::int16_t* into, std::size_t limit) const noexcept;
    std::size_t in_codes(Law law, std::uint64_t from, std::uint8_t* into, std::size_t limit) const noexcept;

    const ModelRate rate_;
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

// ------------------------------------------------------------------------------------ implementation

inline std::size_t Capture::read(std::int16_t* into, std::size_t limit) noexcept {
    std::size_t given = 0;
    while (given < limit && ring_.waiting() > 0) {
        ring_.skip();
        const std::size_t some = at_rate(ring_.next(), into + given * count(), limit - given);
        ring_.pass(some);
        given += some;
    }
    return given;
}

inline std::size_t Capture::send(std::int16_t* into, std::size_t limit) noexcept {
    const std::uint64_t from = sent_.load(std::memory_order_relaxed), written = ring_.written();
    const bool silence = written > hurry_until_.load(std::memory_order_relaxed);
    if (silence && written - from < together_.load(std::memory_order_relaxed)) return 0;
    const Law law = law_.load(std::memory_order_relaxed);
    const std::size_t frames = law == Law::pcm ? at_rate(from, into, limit)
                                               : in_codes(law, from, reinterpret_cast<std::uint8_t*>(into), limit);
    sent_.store(from + frames, std::memory_order_release);
    return frames;
}

inline std::size_t Capture::at_rate(std::uint64_t from, std::int16_t* into, std::size_t limit) const noexcept {
    std::array<Frame, 2> frames;  // in turns: one, and the one before
    ring_.copy(from - 1, frames[1]);
    std::size_t given = 0;
    for (; given < limit && ring_.copy(from + given, frames[given % 2]); ++given)
        rate_.run(frames[(given + 1) % 2], frames[given % 2], into + given * count());
    return given;
}

inline std::size_t Capture::in_codes(Law law, std::uint64_t from, std::uint8_t* into, std::size_t limit) const noexcept {
    Frame frame;
    std::size_t given = 0;
    for (; given < limit && ring_.copy(from + given, frame); ++given)
        ModelRate::encode(law == Law::pcmu ? kUlawCodes : kAlawCodes, frame, into + given * ModelRate::kCodes);
    return given;
}

}  // namespace media
