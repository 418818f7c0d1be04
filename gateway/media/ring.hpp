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

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "fetch.hpp"

namespace media {

class FrameRing {
public:
    // `frame_samples` a multiple of 4; holds the newest `frames` - 1 frames
    // (one slot is always the writer's).
    FrameRing(std::size_t frame_samples, std::size_t frames);

    // Writer's thread.
    void write(const std::int16_t* frame) noexcept;

    // Writer's thread: asks for the memory of the frame that it writes next.
    void expect() const noexcept { fetch(slot(written_.load(std::memory_order_relaxed)), frame_words_ * sizeof(Word)); }

    // Reader's thread: copies up to `limit` waiting frames, oldest first; returns how many.
    std::size_t read(std::int16_t* into, std::size_t limit) noexcept;

    // Reader's thread. Frames that `read` would give now.
    std::size_t waiting() const noexcept;

    // Reader's thread: passes over frames that were overwritten, as `read` does; returns how many.
    std::uint64_t skip() noexcept;

    // Reader's thread. The number of the frame that `read` gives next.
    std::uint64_t next() const noexcept { return read_; }

    // Any thread: copies up to `limit` frames from this number on without taking them; stops where one is no more.
    std::size_t peek(std::uint64_t from, std::int16_t* into, std::size_t limit) const noexcept;
    bool overwritten(std::uint64_t frame) const noexcept {
        return written_.load(std::memory_order_acquire) - frame >= frames_;
    }

    // Any thread: frames, ever.
    std::uint64_t written() const noexcept { return written_.load(std::memory_order_acquire); }

    std::size_t frame_samples() const noexcept { return frame_samples_; }

    // Reader's thread. Frames overwritten before they were read.
    std::uint64_t lost() const noexcept { return lost_; }

private:
    using Word = std::atomic<std::uint64_t>;

    Word* slot(std::uint64_t frame) const noexcept { return words_.get() + frame % frames_ * frame_words_; }
    bool copy(std::uint64_t frame, std::int16_t* into) const noexcept;
    void skip_overwritten(std::uint64_t written) noexcept;

    const std::size_t frame_samples_;
    const std::size_t frame_words_;
    const std::size_t frames_;
    const std::unique_ptr<Word[]> words_;
    std::atomic<std::uint64_t> written_{0};  // frames, ever
    std::uint64_t read_ = 0;                 // frames, ever; the reader's own, as is the next
    std::uint64_t lost_ = 0;
};

// ------------------------------------------------------------------------------------ implementation

inline FrameRing::FrameRing(std::size_t frame_samples, std::size_t frames)
    : frame_samples_(frame_samples),
      frame_words_(frame_samples / 4),
      frames_(frames),
      words_(new Word[frame_words_ * frames]()) {}

inline void FrameRing::write(const std::int16_t* frame) noexcept {
    const std::uint64_t number = written_.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    Word* into = slot(number);
    for (std::size_t i = 0; i < frame_words_; ++i) {
        std::uint64_t word;
        std::memcpy(&word, frame + 4 * i, sizeof word);
        into[i].store(word, std::memory_order_relaxed);
    }
    written_.store(number + 1, std::memory_order_release);
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

inline bool FrameRing::copy(std::uint64_t frame, std::int16_t* into) const noexcept {
    const Word* from = slot(frame);
    for (std::size_t i = 0; i < frame_words_; ++i) {
        const std::uint64_t word = from[i].load(std::memory_order_relaxed);
        std::memcpy(into + 4 * i, &word, sizeof word);
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    return written_.load(std::memory_order_relaxed) - frame < frames_;
}

inline std::size_t FrameRing::read(std::int16_t* into, std::size_t limit) noexcept {
    std::uint64_t written = written_.load(std::memory_order_acquire);
    std::size_t given = 0;
    skip_overwritten(written);
    while (given < limit && read_ < written) {
        if (copy(read_, into + given * frame_samples_)) {
            ++read_;
            ++given;
        } else {
            written = written_.load(std::memory_order_acquire);
            skip_overwritten(written);
        }
    }
    return given;
}

inline std::uint64_t FrameRing::skip() noexcept {
    const std::uint64_t before = lost_;
    skip_overwritten(written_.load(std::memory_order_acquire));
    return lost_ - before;
}

inline std::size_t FrameRing::peek(std::uint64_t from, std::int16_t* into, std::size_t limit) const noexcept {
    const std::uint64_t written = written_.load(std::memory_order_acquire);
    std::size_t given = 0;
    while (given < limit && from + given < written && copy(from + given, into + given * frame_samples_)) ++given;
    return given;
}

}  // namespace media
