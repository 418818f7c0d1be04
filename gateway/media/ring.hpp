// SPDX-License-Identifier: GPL-3.0-or-later
// A ring of sound frames between one writer and one reader, without a lock.
//
// The writer never waits and never drops: it goes round and overwrites the oldest frame. The reader finds
// out how much it lost. So a reader that sleeps for long wakes up to the *newest* second: what a caller
// said just now is worth more than what was said before.
//
// Overwriting while the reader copies is caught as in a seqlock: the reader copies, then asks how far the
// writer has come meanwhile, and throws away what may be torn. Samples lie in relaxed atomic words, so the
// race is defined behaviour; they compile to plain moves. The two fences pair up: whoever sees a sample of
// frame n also sees that `written_` has reached n (Boehm, "Can Seqlocks Get Along With Programming Language
// Memory Models?", 2012).

#pragma once

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "fetch.hpp"

namespace media {

// 20 ms at a rate of its own.
struct Frame {
    static constexpr std::size_t kMost = 480;  // at 24 kHz

    std::size_t count = 0;  // samples; none: there is no such frame
    bool held = false;      // 8 kHz that is to be held, and not filtered, at a higher rate (`held.hpp`)
    std::array<std::int16_t, kMost> samples;
};

class FrameRing {
public:
    // Holds the newest `frames` - 1 (one slot is always the writer's), of up to `most` samples, a multiple of those that
    // a frame has at 8 kHz. Throws std::bad_alloc.
    FrameRing(std::size_t most, std::size_t frames);

    // Writer's thread. `held`: as in `Frame`.
    void write(const std::int16_t* samples, std::size_t count, bool held = false) noexcept;

    // Any thread: asks for the memory of a frame that is as long as the last.
    void expect(std::uint64_t frame) const noexcept;

    // Reader's thread. Frames that wait.
    std::size_t waiting() const noexcept;

    // Reader's thread: passes over frames that were overwritten; returns how many.
    std::uint64_t skip() noexcept;

    // Reader's thread. The number of the frame that is to be read next; so many have been.
    std::uint64_t next() const noexcept { return read_; }
    void pass(std::size_t frames) noexcept { read_ += frames; }

    // Any thread: copies this frame; false, and none, if it is not yet or no more.
    bool copy(std::uint64_t frame, Frame& into) const noexcept;
    bool overwritten(std::uint64_t frame) const noexcept {
        return written_.load(std::memory_order_acquire) - frame >= frames_;
    }

    // Any thread: frames, ever.
    std::uint64_t written() const noexcept { return written_.load(std::memory_order_acquire); }

    // Reader's thread. Frames overwritten before they were read.
    std::uint64_t lost() const noexcept { return lost_; }

private:
    using Word = std::atomic<std::uint64_t>;
    struct Unmap {
        std::size_t bytes;
        void operator()(Word* words) const noexcept { munmap(words, bytes); }
    };
    using Pages = std::unique_ptr<Word[], Unmap>;
    static Pages pages(std::size_t words);

    static constexpr std::size_t kStripe = 160;  // samples
    static constexpr std::size_t kStripeWords = kStripe * sizeof(std::int16_t) / sizeof(Word);

    // A frame's words by stripes, all its first ones together: what no frame is long enough for is never touched, so that
    // the system need not have it. Before the first stripe is what else there is to know of a frame.
    Word* about(std::uint64_t frame) const noexcept { return words_.get() + frame % frames_ * (1 + kStripeWords); }
    Word* stripe(std::uint64_t frame, std::size_t number) const noexcept {
        return number == 0 ? about(frame) + 1 : words_.get() + frames_ + (number * frames_ + frame % frames_) * kStripeWords;
    }
    void skip_overwritten(std::uint64_t written) noexcept;

    const std::size_t frames_;
    const Pages words_;
    std::atomic<std::size_t> last_{0};       // samples of the newest frame
    std::atomic<std::uint64_t> written_{0};  // frames, ever
    std::uint64_t read_ = 0;                 // frames, ever; the reader's own, as is the next
    std::uint64_t lost_ = 0;
};

// ------------------------------------------------------------------------------------ implementation

// Of the system's own, in which what is never touched takes no room, whoever has had memory before.
inline FrameRing::Pages FrameRing::pages(std::size_t words) {
    const std::size_t bytes = words * sizeof(Word);
    void* const zeros = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (zeros == MAP_FAILED) throw std::bad_alloc();
    return Pages(static_cast<Word*>(zeros), Unmap{bytes});
}

inline FrameRing::FrameRing(std::size_t most, std::size_t frames)
    : frames_(frames), words_(pages(frames * (1 + most / kStripe * kStripeWords))) {}

inline void FrameRing::write(const std::int16_t* samples, std::size_t count, bool held) noexcept {
    const std::uint64_t number = written_.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    about(number)->store(count << 1 | (held ? 1U : 0U), std::memory_order_relaxed);
    for (std::size_t at = 0; at < count; at += kStripe) {
        Word* const into = stripe(number, at / kStripe);
        for (std::size_t i = 0; i < kStripeWords; ++i) {
            std::uint64_t word;
            std::memcpy(&word, samples + at + 4 * i, sizeof word);
            into[i].store(word, std::memory_order_relaxed);
        }
    }
    last_.store(count, std::memory_order_relaxed);
    written_.store(number + 1, std::memory_order_release);
}

inline void FrameRing::expect(std::uint64_t frame) const noexcept {
    fetch(about(frame), (1 + kStripeWords) * sizeof(Word));
    const std::size_t last = last_.load(std::memory_order_relaxed);
    for (std::size_t at = kStripe; at < last; at += kStripe) fetch(stripe(frame, at / kStripe), kStripeWords * sizeof(Word));
}

inline std::size_t FrameRing::waiting() const noexcept {
    const std::uint64_t behind = written_.load(std::memory_order_acquire) - read_;
    return behind < frames_ ? static_cast<std::size_t>(behind) : frames_ - 1;
}

// The slot being written now is that of frame `written - frames_`: only younger ones are whole.
inline void FrameRing::skip_overwritten(std::uint64_t written) noexcept {
    if (written - read_ < frames_) return;
    const std::uint64_t oldest_whole = written - frames_ + 1;
    lost_ += oldest_whole - read_;
    read_ = oldest_whole;
}

inline bool FrameRing::copy(std::uint64_t frame, Frame& into) const noexcept {
    into.count = 0;
    const std::uint64_t written = written_.load(std::memory_order_acquire);
    if (frame >= written || written - frame >= frames_) return false;
    const std::uint64_t about_it = about(frame)->load(std::memory_order_relaxed);
    const std::size_t count = about_it >> 1;
    for (std::size_t at = 0; at < count; at += kStripe) {
        const Word* const from = stripe(frame, at / kStripe);
        for (std::size_t i = 0; i < kStripeWords; ++i) {
            const std::uint64_t word = from[i].load(std::memory_order_relaxed);
            std::memcpy(into.samples.data() + at + 4 * i, &word, sizeof word);
        }
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    if (written_.load(std::memory_order_relaxed) - frame >= frames_) return false;
    into.count = count;
    into.held = (about_it & 1U) != 0;
    return true;
}

inline std::uint64_t FrameRing::skip() noexcept {
    const std::uint64_t before = lost_;
    skip_overwritten(written_.load(std::memory_order_acquire));
    return lost_ - before;
}

}  // namespace media
