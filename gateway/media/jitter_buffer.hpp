// SPDX-License-Identifier: GPL-3.0-or-later
// A caller's packets wait here until it is their turn: what comes unevenly is given evenly, in order, once each.
//
// A tick is due for so much of the caller's time, by the packets' timestamps; the first packet is due a little more
// than `least_ns` after it came, and so are all that come as evenly: 4 to 24 ms more, as the next tick is a tick of
// all callers. Where a line has been even for seconds, whoever can wait a tick less does. A packet that never came leaves its tick empty,
// which the codec conceals; nothing is cut out or put in because of it.
//
// One that comes after its tick is played in the next: everything then waits so much longer, and nothing is lost. The
// wait grows by a tick, too, when packets come close to being late, and shrinks by one when none has needed it for
// seconds, which also follows a far end whose clock is a little faster or slower. Both wait for a moment in which the
// caller is quiet, unless it is urgent.
//
// Times are CLOCK_MONOTONIC. Not thread-safe.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "fetch.hpp"

namespace media {

// How long packets wait, in nanoseconds.
struct JitterBounds {
    std::int64_t least_ns = 12'000'000;  // those of a good line, at least
    std::int64_t most_ns = 300'000'000;  // those that come soonest: what would have them wait longer comes too late
};

class JitterBuffer {
public:
    // `rtp_rate`: timestamps a second. `seamless`: whoever takes the ticks makes one more or one less of them without
    // a seam, so that neither has to wait for a pause.
    explicit JitterBuffer(unsigned rtp_rate, JitterBounds bounds = {}, bool seamless = false)
        : tick_(static_cast<std::int32_t>(rtp_rate / 50)), bounds_(bounds), seamless_(seamless) {}

    // An RTP packet came. False if it is of no use: it came again, or when others after it were played.
    bool put(const void* packet, std::size_t size, std::int64_t now_ns);

    // Gives what is due to `give(void* packet, std::size_t size)`. Returns how many ticks of the caller's time that was:
    // 1; 0 if everything waits a tick longer; 2 if it waits one less, and the first of them goes to `drop`; -1 before
    // there is any. `quiet`: the caller was, a tick ago.
    template <typename Give, typename Drop>
    int tick(std::int64_t now_ns, bool quiet, Give give, Drop drop);

    // Shows `look(const void* packet, std::size_t size)` what will be given next, if it is here.
    template <typename Look>
    void peek(Look look) const;

    // Whether nothing that comes could be for the next tick: all packets in order are here, up to one beyond it.
    bool is_ahead() const noexcept;

    // Where the next tick begins, by the caller's timestamps.
    std::uint32_t due() const noexcept { return due_; }

    // Asks for the memory that a packet will need, and a tick.
    void expect() const noexcept { fetch_between(&running_, this + 1); }
    void expect_packet() const noexcept { fetch(&slots_[(highest_ + 1U) % kSlots]); }
    void expect_tick() const noexcept { fetch(&slots_[next_ % kSlots]); }

    // Begin anew with the next packet.
    void restart() noexcept { running_ = false; }

    // Packets that came after their tick; those left out between others, at most three at a time; what a packet waits
    // in the mean of the last few.
    std::uint64_t late() const noexcept { return late_; }
    std::uint64_t missed() const noexcept { return missed_; }
    std::int64_t waits_ns() const noexcept { return waits_ns_; }

private:
    static constexpr std::int64_t kTickNs = 20'000'000;
    static constexpr std::int64_t kScarceNs = 3'000'000;   // less is nearly too late
    static constexpr std::int64_t kUrgentNs = 1'000'000;
    static constexpr std::int64_t kUnknownNs = 4'000'000;  // more, while a line is not known yet
    static constexpr std::int64_t kSpareNs = kTickNs + 500'000;  // beyond the least: a tick more than is needed
    static constexpr std::int64_t kTooMuchNs = 5 * kTickNs;                // even while somebody speaks
    static constexpr std::int32_t kFarTicks = 25;          // so far off is not jitter but another beginning
    static constexpr std::size_t kSlots = 64;
    static constexpr std::size_t kSpare = 8;               // packets' memory that is kept for the next ones
    static constexpr std::size_t kSeconds = 5;             // that are remembered
    static constexpr int kLosing = 6;                      // packets missed in them: see `taken`
    static constexpr int kSecond = 50;                     // ticks
    static constexpr int kBetweenTicks = 25;               // one change and the next

    struct Slot {
        bool full = false;
        bool given = false;
        std::uint16_t number = 0;
        std::uint32_t timestamp = 0;
        std::int64_t came_ns = 0;
        std::vector<std::uint8_t> packet;
    };

    Slot& slot(std::uint16_t number) noexcept { return slots_[number % kSlots]; }
    bool takes(std::uint32_t source, std::uint16_t number, std::uint32_t timestamp, std::int64_t now_ns);
    void begin(std::uint32_t source, std::uint16_t number, std::uint32_t timestamp, std::int64_t now_ns);
    void remember(std::int64_t slack_ns) noexcept;
    void wait_longer(std::int64_t ns) noexcept;
    bool too_late(std::int64_t ns) const noexcept;
    void miss(std::uint16_t packets) noexcept;
    int taken(bool quiet) noexcept;
    template <typename Give>
    void give_until(std::uint32_t end, Give give);

    const std::int32_t tick_;  // in timestamps
    const JitterBounds bounds_;
    const bool seamless_;
    std::array<Slot, kSlots> slots_;
    std::vector<std::vector<std::uint8_t>> spare_;
    bool running_ = false;
    std::uint32_t source_ = 0;
    std::uint16_t next_ = 0;         // the lowest number that was not given yet
    std::uint16_t highest_ = 0;      // that came
    std::uint32_t due_ = 0;          // where the next tick begins
    std::int64_t last_tick_ns_ = 0;
    std::array<std::int64_t, kSeconds> least_{};  // what the latest packet of each second still had to wait
    std::array<std::int64_t, kSeconds> most_{};   // and the soonest
    std::array<int, kSeconds> missing_{};         // packets missed in each
    int refused_ = 0;     // in a row, as too late
    int odd_ = -1;        // number after one that is far from all others: with it they begin anew (RFC 3550 A.1)
    std::size_t second_ = 0;
    int ticks_ = 0;       // of this second
    int since_change_ = 0;
    std::uint64_t late_ = 0;
    std::uint64_t missed_ = 0;
    bool gave_ = false;   // anything of this stream yet
    std::int64_t waits_ns_ = 0;
};

// ------------------------------------------------------------------------------------ implementation

template <typename Give, typename Drop>
int JitterBuffer::tick(std::int64_t now_ns, bool quiet, Give give, Drop drop) {
    last_tick_ns_ = now_ns;
    if (!running_) return -1;
    const int ticks = taken(quiet);
    if (ticks == 2) give_until(due_ + static_cast<std::uint32_t>(tick_), drop);
    if (ticks > 0) give_until(due_ + static_cast<std::uint32_t>(tick_), give);
    return ticks;
}

template <typename Give>
void JitterBuffer::give_until(std::uint32_t end, Give give) {
    constexpr std::int64_t kFew = 16;
    constexpr std::uint16_t kMostMissed = 3;
    const std::uint16_t first = next_;
    const int farthest = std::min<int>(static_cast<std::int16_t>(highest_ - first), kSlots - 1);
    for (int ahead = 0; ahead <= farthest; ++ahead) {
        const auto number = static_cast<std::uint16_t>(first + ahead);
        Slot& candidate = slot(number);
        if (!candidate.full || candidate.number != number) continue;
        if (static_cast<std::int32_t>(candidate.timestamp - end) >= 0) break;
        waits_ns_ += (last_tick_ns_ - candidate.came_ns - waits_ns_) / kFew;
        if (std::exchange(gave_, true)) miss(std::min<std::uint16_t>(static_cast<std::uint16_t>(number - next_), kMostMissed));
        give(static_cast<void*>(candidate.packet.data()), candidate.packet.size());
        if (spare_.size() < kSpare) spare_.push_back(std::move(candidate.packet));
        candidate.packet = {};
        candidate.full = false;
        candidate.given = true;
        next_ = static_cast<std::uint16_t>(number + 1);
    }
    due_ = end;
}

inline bool JitterBuffer::is_ahead() const noexcept {
    for (std::uint16_t number = next_; running_; ++number) {
        const Slot& here = slots_[number % kSlots];
        if (!here.full || here.number != number) return false;
        if (static_cast<std::int32_t>(here.timestamp - due_) >= tick_) return true;
    }
    return false;
}

template <typename Look>
void JitterBuffer::peek(Look look) const {
    constexpr std::size_t kFar = 8;
    for (std::size_t ahead = 0; ahead < kFar; ++ahead) {
        const auto number = static_cast<std::uint16_t>(next_ + ahead);
        const Slot& candidate = slots_[number % kSlots];
        if (!candidate.full || candidate.number != number) continue;
        look(static_cast<const void*>(candidate.packet.data()), candidate.packet.size());
        return;
    }
}

}  // namespace media
