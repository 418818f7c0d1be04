// SPDX-License-Identifier: GPL-3.0-or-later
// What the far end says of the sound that it gets from us, and how long a packet takes there and back, out of the
// RTCP that passes (RFC 3550 section 6.4).
//
// Threads: any; RTCP is rare.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace media {

class FarView {
public:
    struct Seen {
        bool reported = false;
        std::int32_t lost = 0;          // of our packets, since the stream began
        std::uint32_t jitter = 0;       // in timestamps
        std::int64_t round_trip_ns = -1;  // none yet
    };

    // A packet of RTCP leaves, or has come, at that moment.
    void sent(const void* rtcp, std::size_t size, std::int64_t now_ns);
    void came(const void* rtcp, std::size_t size, std::int64_t came_ns);

    // Writes into the first report block of a packet that leaves how long ago the far end's last report came, by which
    // it knows the round trip (RFC 3550 section 6.4.1): PJSIP counts from when it was read.
    void correct(void* rtcp, std::size_t size, std::int64_t now_ns) const;

    Seen seen() const {
        const std::lock_guard guard(mutex_);
        return seen_;
    }

private:
    struct Report {
        std::uint32_t stamp = 0;  // the middle of its NTP timestamp
        std::int64_t sent_ns = 0;  // theirs: when it came
    };

    void look_at(const std::uint8_t* block, std::int64_t now_ns);

    mutable std::mutex mutex_;
    std::uint32_t source_ = 0;  // ours
    std::array<Report, 4> reports_{};
    Report theirs_;
    std::size_t next_ = 0;
    Seen seen_;
};

// ------------------------------------------------------------------------------------ implementation

namespace rtcp {

constexpr std::uint8_t kSenderReport = 200;
constexpr std::uint8_t kReceiverReport = 201;
constexpr std::size_t kBlock = 24;

inline std::uint32_t number(const std::uint8_t* bytes, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[i];
    return value;
}

}  // namespace rtcp

inline void FarView::sent(const void* packet, std::size_t size, std::int64_t now_ns) {
    const auto* const bytes = static_cast<const std::uint8_t*>(packet);
    if (size < 28 || bytes[1] != rtcp::kSenderReport) return;
    const std::lock_guard guard(mutex_);
    source_ = rtcp::number(bytes + 4, 4);
    reports_[next_++ % reports_.size()] = Report{rtcp::number(bytes + 10, 4), now_ns};
}

inline void FarView::correct(void* packet, std::size_t size, std::int64_t now_ns) const {
    constexpr std::int64_t kSecond = 1'000'000'000;
    auto* const bytes = static_cast<std::uint8_t*>(packet);
    const std::size_t at = size < 8 ? size : bytes[1] == rtcp::kSenderReport ? 28 : 8;
    if (size < at + rtcp::kBlock || (bytes[0] & 0x1F) == 0 || bytes[1] > rtcp::kReceiverReport) return;
    const std::lock_guard guard(mutex_);
    const std::int64_t ago_ns = now_ns - theirs_.sent_ns;
    if (theirs_.stamp == 0 || rtcp::number(bytes + at + 16, 4) != theirs_.stamp || ago_ns < 0) return;
    const auto ago = static_cast<std::uint32_t>(ago_ns / kSecond * 65536 + ago_ns % kSecond * 65536 / kSecond);
    for (std::size_t i = 0; i < 4; ++i) bytes[at + 20 + i] = static_cast<std::uint8_t>(ago >> (24 - 8 * i));
}

inline void FarView::came(const void* packet, std::size_t size, std::int64_t came_ns) {
    const auto* bytes = static_cast<const std::uint8_t*>(packet);
    const std::lock_guard guard(mutex_);
    while (size >= 8 && bytes[0] >> 6 == 2) {
        const std::size_t length = 4U * (rtcp::number(bytes + 2, 2) + 1U);
        if (length > size) return;
        if (bytes[1] == rtcp::kSenderReport && length >= 28) theirs_ = Report{rtcp::number(bytes + 10, 4), came_ns};
        const bool report = bytes[1] == rtcp::kSenderReport || bytes[1] == rtcp::kReceiverReport;
        std::size_t at = bytes[1] == rtcp::kSenderReport ? 28 : 8;
        for (int left = report ? bytes[0] & 0x1F : 0; left > 0 && at + rtcp::kBlock <= length; --left, at += rtcp::kBlock)
            look_at(bytes + at, came_ns);
        bytes += length;
        size -= length;
    }
}

inline void FarView::look_at(const std::uint8_t* block, std::int64_t now_ns) {
    if (source_ == 0 || rtcp::number(block, 4) != source_) return;
    const std::uint32_t lost = rtcp::number(block + 5, 3);
    seen_.reported = true;
    seen_.lost = static_cast<std::int32_t>(lost << 8) >> 8;
    seen_.jitter = rtcp::number(block + 12, 4);
    const std::uint32_t stamp = rtcp::number(block + 16, 4);
    const std::int64_t kept_ns = static_cast<std::int64_t>(rtcp::number(block + 20, 4)) * 1'000'000'000 / 65536;
    if (stamp == 0) return;  // it has not had a report of ours yet
    for (const Report& report : reports_) {
        const std::int64_t round_trip = now_ns - report.sent_ns - kept_ns;
        if (report.stamp == stamp && report.sent_ns != 0 && round_trip >= 0) seen_.round_trip_ns = round_trip;
    }
}

}  // namespace media
