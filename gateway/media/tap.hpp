// SPDX-License-Identifier: GPL-3.0-or-later
// What is heard and said on a leg, tick by tick, for a reader on another thread: gateway/call/tap.py has the contract.
//
// A ring of whole ticks between the media thread, which never waits, and one reader. Where it is full the tick is
// dropped and counted: what a recorder loses is a tick of its file, and nobody on the line hears of it.

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "line_rate.hpp"

namespace media {

struct TapTick {
    std::uint64_t tick = 0;
    std::uint32_t rate = 0;
    std::uint32_t missing = 0;  // 1: nothing had come from the caller

    std::size_t samples() const noexcept { return rate / 50; }
};

class TapRing {
public:
    // Holds so many ticks of a line of 16 kHz, twice as many of one of 8.
    explicit TapRing(std::size_t ticks) : size_(ticks * kWordsOfTick), words_(new std::uint64_t[size_]()) {}
    TapRing(const TapRing&) = delete;
    TapRing& operator=(const TapRing&) = delete;

    // ---- media thread

    // What is said in a tick, and then, with the caller's side of it, the tick.
    void keep(const std::int16_t* said, std::size_t count) noexcept { std::copy_n(said, count, said_.begin()); }
    void write(const TapTick& what, const std::int16_t* caller) noexcept;
    bool gone() const noexcept { return closed_.load(std::memory_order_relaxed); }

    // ---- the reader's thread

    // The next tick that waits, without its sound; false if none does.
    bool peek(TapTick& what) const noexcept;
    // Its sound, interleaved, and goes on to the next. Only after `peek`.
    void read(const TapTick& what, std::int16_t* into) noexcept;

    // ---- any thread

    void close() noexcept { closed_.store(true, std::memory_order_relaxed); }
    std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

private:
    static constexpr std::size_t kHeadWords = sizeof(TapTick) / sizeof(std::uint64_t);
    static constexpr std::size_t kWordsOfTick = kHeadWords + 2 * 320 / 4;
    static constexpr std::size_t words_of(std::size_t samples) noexcept { return kHeadWords + samples / 2; }

    void put(std::uint64_t at, const void* from, std::size_t words) noexcept;
    void get(std::uint64_t at, void* into, std::size_t words) const noexcept;

    const std::size_t size_;  // words
    const std::unique_ptr<std::uint64_t[]> words_;
    std::atomic<std::uint64_t> written_{0};  // words, ever
    std::atomic<std::uint64_t> read_{0};
    std::atomic<std::uint64_t> lost_{0};
    std::atomic<bool> closed_{false};
    std::array<std::int16_t, kLargestTick> said_{};  // the media thread's own
};

// ------------------------------------------------------------------------------------ implementation

inline void TapRing::write(const TapTick& what, const std::int16_t* caller) noexcept {
    const std::uint64_t at = written_.load(std::memory_order_relaxed);
    const std::size_t words = words_of(what.samples());
    if (at + words - read_.load(std::memory_order_acquire) > size_) {
        lost_.store(lost_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        return;
    }
    put(at, &what, kHeadWords);
    put(at + kHeadWords, caller, what.samples() / 4);
    put(at + kHeadWords + what.samples() / 4, said_.data(), what.samples() / 4);
    written_.store(at + words, std::memory_order_release);
}

inline bool TapRing::peek(TapTick& what) const noexcept {
    const std::uint64_t at = read_.load(std::memory_order_relaxed);
    if (written_.load(std::memory_order_acquire) == at) return false;
    get(at, &what, kHeadWords);
    return true;
}

inline void TapRing::read(const TapTick& what, std::int16_t* into) noexcept {
    const std::uint64_t at = read_.load(std::memory_order_relaxed);
    std::int16_t both[2 * kLargestTick];
    get(at + kHeadWords, both, what.samples() / 2);
    for (std::size_t i = 0; i < what.samples(); ++i) {
        into[2 * i] = both[i];
        into[2 * i + 1] = both[what.samples() + i];
    }
    read_.store(at + words_of(what.samples()), std::memory_order_release);
}

inline void TapRing::put(std::uint64_t at, const void* from, std::size_t words) noexcept {
    const auto begin = static_cast<std::size_t>(at % size_);
    const std::size_t first = words < size_ - begin ? words : size_ - begin;
    std::memcpy(words_.get() + begin, from, first * sizeof(std::uint64_t));
    std::memcpy(words_.get(), static_cast<const char*>(from) + first * sizeof(std::uint64_t),
                (words - first) * sizeof(std::uint64_t));
}

inline void TapRing::get(std::uint64_t at, void* into, std::size_t words) const noexcept {
    const auto begin = static_cast<std::size_t>(at % size_);
    const std::size_t first = words < size_ - begin ? words : size_ - begin;
    std::memcpy(into, words_.get() + begin, first * sizeof(std::uint64_t));
    std::memcpy(static_cast<char*>(into) + first * sizeof(std::uint64_t), words_.get(),
                (words - first) * sizeof(std::uint64_t));
}

}  // namespace media
