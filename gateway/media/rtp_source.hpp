// SPDX-License-Identifier: GPL-3.0-or-later
// What came and went at one call's media transport, over all its streams.
//
// Threads: counters anywhere.

#pragma once

#include <atomic>
#include <cstdint>

#include "arrival_jitter.hpp"
#include "far_view.hpp"
#include "outlet.hpp"

namespace media {

enum class Encryption : std::uint8_t { none, sdes, dtls };

struct RtpSource {
    std::atomic<std::uint64_t> packets{0};    // RTP accepted
    std::atomic<std::uint64_t> reports{0};    // RTCP accepted, and whatever else is no RTP
    std::atomic<std::uint64_t> lost{0};       // of the accepted stream, by its numbers
    std::atomic<std::uint64_t> reordered{0};  // out of order,
    std::atomic<std::uint64_t> twice{0};      // or again
    std::atomic<std::uint64_t> sent{0};       // RTP that left
    std::atomic<std::uint64_t> strangers{0};  // RTP and RTCP dropped
    std::atomic<std::uint64_t> stranger{0};   // where the last of these came from: IPv4 << 16 | port; or 0
    std::atomic<bool> learned{false};         // accepted from elsewhere than negotiated, now
    std::atomic<Encryption> encryption{Encryption::none};  // of the audio, by how its keys were agreed upon
    std::atomic<std::int64_t> last_ns{0};     // CLOCK_MONOTONIC of the last accepted, or of the beginning

    // Of the streams' jitter buffers:
    std::atomic<std::uint64_t> late{0};          // packets that came after their time
    std::atomic<std::int64_t> waits_ns{0};       // what one waits, lately
    std::atomic<std::uint64_t> concealed_us{0};  // of sound made up for lost and late ones
    std::atomic<std::uint32_t> rtp_rate{8000};   // timestamps a second

    ArrivalJitter jitter;
    FarView far;
    Outlet outlet;
};

}  // namespace media
