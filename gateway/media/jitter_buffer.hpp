// SPDX-License-Identifier: GPL-3.0-or-later
// A caller's packets wait here until it is their turn: what comes unevenly is given evenly, in order, once each.
//
// A tick is due for so much of the caller's time, by the packets' timestamps; the first packet is due a little more
// than `kLeastNs` after it came, and so are all that come as evenly. A packet that never came leaves its tick empty,
// which the codec conceals; nothing is cut out or put in because of it.
//
// One that comes after its tick is played in the next: everything then waits so much longer, and nothing is lost. The
// wait grows by a tick, too, when packets come close to being late, and shrinks by one when none has needed it for
// seconds, which also follows a far end whose clock is a little faster or slower. Both wait for a moment in which the
// caller is quiet.
//
// Times are CLOCK_MONOTONIC. Not thread-safe.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace media {

class JitterBuffer {
public:
    // `rtp_rate`: timestamps a second.
    explicit JitterBuffer(unsigned rtp_rate) : tick_(static_cast<std::int32_t>(rtp_rate / 50)) {}

    // An RTP packet came. False if it is of no use: it came again, or when others after it were played.
    bool put(const void* packet, std::size_t size, std::int64_t now_ns);

    // Gives what is due to `give(void* packet, std::size_t size)`. `quiet`: the caller was, a tick ago.
    template <typename Give>
    void tick(std::int64_t now_ns, bool quiet, Give give);

    // Begin anew with the next packet.
    void restart() noexcept { running_ = false; }

private:
    static constexpr std::int64_t kTickNs = 20'000'000;
    static constexpr std::int64_t kLeastNs = 16'000'000;   // what a packet of a good line waits at least
    static constexpr std::int64_t kScarceNs = 3'000'000;   // less is nearly too late
    static constexpr std::int64_t kSpareNs = kLeastNs + kTickNs + 2'000'000;  // a tick more than is needed
    static constexpr std::int64_t kTooMuchNs = kLeastNs + 5 * kTickNs;        // even while somebody speaks
    static constexpr std::int32_t kMostTicks = 15;         // so far off is not jitter but another beginning
    static constexpr std::size_t kSlots = 64;
    static constexpr std::size_t kSeconds = 5;             // that are remembered
    static constexpr int kSecond = 50;                     // ticks
    static constexpr int kBetweenTicks = 25;               // one change and the next

    struct Slot {
        bool full = false;
        std::uint16_t number = 0;
        std::uint32_t timestamp = 0;
        std::vector<std::uint8_t> packet;
    };

    Slot& slot(std::uint16_t number) noexcept { return slots_[number % kSlots]; }
    bool takes(std::uint32_t source, std::uint16_t number, std::uint32_t timestamp, std::int64_t now_ns);
    void begin(std::uint32_t source, std::uint16_t number, std::uint32_t timestamp, std::int64_t now_ns);
    void remember(std::int64_t slack_ns) noexcept;
    void wait_longer(std::int64_t ns) noexcept;
    int taken(bool quiet) noexcept;
    template <typename Give>
    void give_until(std::uint32_t end, Give give);

    const std::int32_t tick_;  // in timestamps
    std::array<Slot, kSlots> slots_;
    bool running_ = false;
    std::uint32_t source_ = 0;
    std::uint16_t next_ = 0;         // the lowest number that was not given yet
    std::uint32_t due_ = 0;          // where the next tick begins
    std::int64_t last_tick_ns_ = 0;
    std::array<std::int64_t, kSeconds> least_{};  // what the latest packet of each second still had to wait
    std::size_t second_ = 0;
    int ticks_ = 0;       // of this second
    int since_change_ = 0;
};

// ------------------------------------------------------------------------------------ implementation

template <typename Give>
void JitterBuffer::tick(std::int64_t now_ns, bool quiet, Give give) {
    last_tick_ns_ = now_ns;
    if (!running_) return;
    const int ticks = taken(quiet);
    if (ticks == 2) give_until(due_ + static_cast<std::uint32_t>(tick_), [](void*, std::size_t) {});
    if (ticks > 0) give_until(due_ + static_cast<std::uint32_t>(tick_), give);
}

template <typename Give>
void JitterBuffer::give_until(std::uint32_t end, Give give) {
    for (std::size_t ahead = 0; ahead < kSlots; ++ahead) {
        const auto number = static_cast<std::uint16_t>(next_ + ahead);
        Slot& candidate = slot(number);
        if (!candidate.full || candidate.number != number) continue;
        if (static_cast<std::int32_t>(candidate.timestamp - end) >= 0) break;
        give(static_cast<void*>(candidate.packet.data()), candidate.packet.size());
        candidate.full = false;
        next_ = static_cast<std::uint16_t>(number + 1);
        ahead = static_cast<std::size_t>(-1);  // from the next one on
    }
    due_ = end;
}

}  // namespace media
