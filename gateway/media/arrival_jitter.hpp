// SPDX-License-Identifier: GPL-3.0-or-later
// How unevenly a stream's packets come (RFC 3550 section 6.4.1, appendix A.8).
//
// Threads: `came` on the one that packets come in on; `now` anywhere.

#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace media {

class ArrivalJitter {
public:
    // A packet of a stream with so many timestamps a second.
    void came(std::uint32_t source, std::uint32_t timestamp, std::uint32_t rate, std::int64_t now_ns) noexcept {
        constexpr std::int64_t kSecond = 1'000'000'000;
        const auto arrival = static_cast<std::uint32_t>(now_ns / kSecond * rate + now_ns % kSecond * rate / kSecond);
        const std::uint32_t transit = arrival - timestamp;
        const auto change = std::llabs(static_cast<std::int32_t>(transit - transit_));
        if (began_ && source == source_ && change < rate) {  // a second is no jitter: its timestamps begin anew
            const double before = jitter_.load(std::memory_order_relaxed);
            jitter_.store(before + (static_cast<double>(change) - before) / 16.0, std::memory_order_relaxed);
        }
        began_ = true;
        source_ = source;
        transit_ = transit;
    }

    // In timestamps.
    std::uint32_t now() const noexcept { return static_cast<std::uint32_t>(jitter_.load(std::memory_order_relaxed)); }

private:
    bool began_ = false;
    std::uint32_t source_ = 0;
    std::uint32_t transit_ = 0;
    std::atomic<double> jitter_{0.0};
};

}  // namespace media
