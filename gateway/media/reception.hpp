// SPDX-License-Identifier: GPL-3.0-or-later
// What became of an RTP stream's packets on their way here, by their numbers (RFC 3550 section 6.4.1, appendix A.1):
// those that never came, came out of order, or came again.
//
// What comes out of order was counted as lost and is taken back, once. A stream that begins anew, as another source
// or far away in its numbers, has lost nothing between.
//
// Thread: the one that packets come in on.

#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>

namespace media {

class Reception {
public:
    struct Counts {
        std::uint64_t lost = 0;
        std::uint64_t reordered = 0;  // came after one of a higher number, for the first time
        std::uint64_t twice = 0;      // came again
        std::uint64_t before = 0;     // lost of streams before this one
        std::uint32_t highest = 0;    // number, with how often they have begun anew above its 16 bits
    };

    const Counts& came(std::uint32_t source, std::uint16_t number) noexcept {
        const auto ahead = static_cast<std::int16_t>(number - highest_);
        if (!began_ || source != source_ || ahead >= kDropout || ahead <= -kMisorder) {
            begin(source, number);
        } else if (ahead > 0) {
            counts_.lost += static_cast<std::uint64_t>(ahead - 1);
            for (int passed = 1; passed < ahead && passed < kMisorder; ++passed) here(highest_ + passed) = false;
            highest_ = number;
            counts_.highest += static_cast<std::uint32_t>(ahead);
            here(number) = true;
        } else if (here(number)) {
            ++counts_.twice;
        } else {
            here(number) = true;
            ++counts_.reordered;
            if (static_cast<std::int16_t>(number - first_) > 0 && counts_.lost > 0) --counts_.lost;
        }
        return counts_;
    }

private:
    static constexpr std::int16_t kDropout = 3000;
    static constexpr std::int16_t kMisorder = 100;
    static constexpr std::size_t kRemembered = 128;

    void begin(std::uint32_t source, std::uint16_t number) noexcept {
        began_ = true;
        source_ = source;
        first_ = highest_ = number;
        counts_.highest = number;
        counts_.before = counts_.lost;
        here_.reset();
        here(number) = true;
    }

    std::bitset<kRemembered>::reference here(int number) noexcept {
        return here_[static_cast<std::uint16_t>(number) % kRemembered];
    }

    bool began_ = false;
    std::uint32_t source_ = 0;
    std::uint16_t first_ = 0;    // of this stream; what it overtook was not missed
    std::uint16_t highest_ = 0;
    std::bitset<kRemembered> here_;  // of the last numbers
    Counts counts_;
};

}  // namespace media
