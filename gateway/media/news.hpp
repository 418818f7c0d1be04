// SPDX-License-Identifier: GPL-3.0-or-later
// Which ports have something for Python, so that a wake-up looks at those and not at every call. Without a lock: a
// bit for each port, set by whoever has news, all taken at once.
//
// A number is used again after its port is gone; the last word of the one before is then a look for nothing.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <stdexcept>

namespace media {

class News {
public:
    static constexpr unsigned kPorts = 8192;

    // Any thread.
    void tell(unsigned port) noexcept {
        told_[port / 64].fetch_or(std::uint64_t{1} << port % 64, std::memory_order_release);
    }

    // Python's thread: calls `look` with each number that was told since the last time.
    template <typename Look>
    void take(Look look) {
        for (unsigned word = 0; word < words_; ++word) {
            if (told_[word].load(std::memory_order_relaxed) == 0) continue;
            std::uint64_t bits = told_[word].exchange(0, std::memory_order_acquire);
            for (; bits != 0; bits &= bits - 1) look(64 * word + static_cast<unsigned>(__builtin_ctzll(bits)));
        }
    }

    // Under Python's lock: a number that no other port has.
    unsigned number() {
        for (unsigned word = 0; word < kWords; ++word) {
            if (taken_[word] == ~std::uint64_t{0}) continue;
            const auto bit = static_cast<unsigned>(__builtin_ctzll(~taken_[word]));
            taken_[word] |= std::uint64_t{1} << bit;
            if (word >= words_) words_ = word + 1;
            return 64 * word + bit;
        }
        throw std::runtime_error("too many ports");
    }
    void give_back(unsigned port) noexcept { taken_[port / 64] &= ~(std::uint64_t{1} << port % 64); }

private:
    static constexpr unsigned kWords = kPorts / 64;

    std::array<std::atomic<std::uint64_t>, kWords> told_{};
    std::array<std::uint64_t, kWords> taken_{};
    unsigned words_ = 0;  // that were ever in use
};

}  // namespace media
