// SPDX-License-Identifier: GPL-3.0-or-later
// What our reports tell the far end of its packets (RFC 3550 sections 6.4.1 and A.3), written in place of what PJSIP has
// counted: it gets a packet when its turn has come, and of those that are decoded here it gets a few alone.
//
// Threads: any; RTCP is rare.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "far_view.hpp"

namespace media {

class ReceptionReport {
public:
    // Of the stream that comes, so far.
    struct Heard {
        std::uint32_t source = 0;
        std::uint32_t highest = 0;  // number, with how often they have begun anew above its 16 bits
        std::uint32_t lost = 0;
        std::uint32_t jitter = 0;   // in timestamps
    };

    // Into the first report block of a packet that leaves, if there is one.
    void write(void* rtcp, std::size_t size, const Heard& heard) {
        auto* const bytes = static_cast<std::uint8_t*>(rtcp);
        if (size < 8 || (bytes[0] & 0x1F) == 0) return;
        if (bytes[1] != rtcp::kSenderReport && bytes[1] != rtcp::kReceiverReport) return;
        const std::size_t at = bytes[1] == rtcp::kSenderReport ? 28 : 8;
        if (size < at + rtcp::kBlock || heard.source == 0) return;
        constexpr std::uint32_t kMostLost = 0x7FFFFF;
        put(bytes + at, heard.source, 4);
        put(bytes + at + 4, share_since_the_last(heard), 1);
        put(bytes + at + 5, std::min(heard.lost, kMostLost), 3);
        put(bytes + at + 8, heard.highest, 4);
        put(bytes + at + 12, heard.jitter, 4);
    }

private:
    static void put(std::uint8_t* bytes, std::uint32_t value, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * (count - 1 - i)));
    }

    // Lost since the last report, in 256ths of what was expected. One of another stream begins anew.
    std::uint32_t share_since_the_last(const Heard& heard) {
        const std::lock_guard guard(mutex_);
        const bool goes_on = told_.source == heard.source;
        const std::uint32_t expected = goes_on ? heard.highest - told_.highest : 0;
        const std::uint32_t lost = goes_on && heard.lost > told_.lost ? heard.lost - told_.lost : 0;
        told_ = heard;
        return expected == 0 ? 0 : std::min<std::uint32_t>(256 * lost / expected, 255);
    }

    std::mutex mutex_;
    Heard told_;
};

}  // namespace media
