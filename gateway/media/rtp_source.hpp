// SPDX-License-Identifier: GPL-3.0-or-later
// What came and went at one call's media transport, over all its streams.
//
// Threads: counters anywhere.

#pragma once

#include <pjlib.h>

#include <atomic>
#include <cstdint>

#include "arrival_jitter.hpp"
#include "far_view.hpp"
#include "fetch.hpp"
#include "outlet.hpp"
#include "reception.hpp"
#include "reception_report.hpp"

namespace media {

enum class Encryption : std::uint8_t { none, sdes, dtls };

struct RtpSource {
    std::atomic<std::uint64_t> packets{0};    // RTP accepted
    std::atomic<std::uint64_t> reports{0};    // RTCP accepted, and whatever else is no RTP
    std::atomic<std::uint64_t> lost{0};       // of the accepted stream, by its numbers
    std::atomic<std::uint32_t> ssrc{0};         // of the stream that comes, as are the next two:
    std::atomic<std::uint32_t> highest{0};      // `ReceptionReport::Heard`
    std::atomic<std::uint32_t> stream_lost{0};
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
    Outlet outlet;
    // Up to here, what each packet needs.
    FarView far;
    ReceptionReport report;

    // Asks for the memory that a packet will need.
    void expect() const noexcept { fetch_between(&packets, &far); }

    // Somebody else's packet was dropped.
    void dropped(const pj_sockaddr& from) noexcept {
        strangers.fetch_add(1, std::memory_order_relaxed);
        if (from.addr.sa_family != pj_AF_INET()) return;
        const auto host = static_cast<std::uint64_t>(pj_ntohl(from.ipv4.sin_addr.s_addr));
        stranger.store(host << 16 | pj_sockaddr_get_port(&from), std::memory_order_relaxed);
    }
    // A packet of RTP came, on the thread where they do.
    void counted(std::uint32_t from, const Reception::Counts& counts) noexcept {
        ssrc.store(from, std::memory_order_relaxed);
        highest.store(counts.highest, std::memory_order_relaxed);
        stream_lost.store(static_cast<std::uint32_t>(counts.lost - counts.before), std::memory_order_relaxed);
        lost.store(counts.lost, std::memory_order_relaxed);
        reordered.store(counts.reordered, std::memory_order_relaxed);
        twice.store(counts.twice, std::memory_order_relaxed);
    }
    // A packet of RTCP leaves, in which PJSIP knows little of what came.
    void leaves(void* rtcp, std::size_t size, std::int64_t now_ns) {
        report.write(rtcp, size, ReceptionReport::Heard{ssrc, highest, stream_lost, jitter.now()});
        far.correct(rtcp, size, now_ns);
        far.sent(rtcp, size, now_ns);
    }
};

}  // namespace media
