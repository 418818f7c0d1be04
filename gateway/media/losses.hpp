// SPDX-License-Identifier: GPL-3.0-or-later
// How many packets of an RTP stream never came, by their numbers (RFC 3550 section 6.4.1, appendix A.1).
//
// What comes out of order was counted as lost and is taken back. A stream that begins anew, as another source
// or far away in its numbers, has lost nothing between.
//
// Thread: the one that packets come in on.

#pragma once

#include <cstdint>

namespace media {

class Losses {
public:
    // A packet came; returns how many are missing so far.
    std::uint64_t came(std::uint32_t ssrc, std::uint16_t number) noexcept {
        const auto ahead = static_cast<std::int16_t>(number - highest_);
        if (!began_ || ssrc != ssrc_ || ahead >= kDropout || ahead <= -kMisorder) {
            began_ = true;
            ssrc_ = ssrc;
            highest_ = number;
        } else if (ahead > 0) {
            lost_ += static_cast<std::uint64_t>(ahead - 1);
            highest_ = number;
        } else if (ahead < 0 && lost_ > 0) {
            --lost_;
        }
        return lost_;
    }

private:
    static constexpr std::int16_t kDropout = 3000;
    static constexpr std::int16_t kMisorder = 100;

    bool began_ = false;
    std::uint32_t ssrc_ = 0;
    std::uint16_t highest_ = 0;
    std::uint64_t lost_ = 0;
};

}  // namespace media
