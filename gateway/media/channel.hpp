// SPDX-License-Identifier: GPL-3.0-or-later
// One call's audio without any PJSIP: a playout, a capture, and what Python sees of them.
//
// Three threads: Python's (orders, reports, reading, counters), SIP's, and the media thread's (ticks). They meet in
// lock-free lists and rings and in relaxed atomic counters, nowhere else.

#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "capture.hpp"
#include "handover.hpp"
#include "line_rate.hpp"
#include "news.hpp"
#include "outlet.hpp"
#include "playout.hpp"
#include "voice.hpp"

namespace media {

// Set by a channel's tick when Python should look, and where; the clock turns it into one wake-up for all channels.
struct Bell {
    std::atomic<bool> audio{false};
    std::atomic<bool> report{false};
    News news;
};

// Python is to account for what goes to a model without it: half a second is a quarter of what a ring keeps.
constexpr unsigned kAccountTicks = 25;

class Channel {
public:
    // `number` is the port's in `Bell::news`.
    Channel(unsigned caller_rate, std::shared_ptr<Bell> bell, unsigned number)
        : capture_(caller_rate), bell_(std::move(bell)), number_(number) {}
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel();

    // ---- media thread

    void pull(Tick& agent) noexcept;
    // A tick of the caller, at the line's rate.
    void put(LineRate& rate, const std::int16_t* caller) noexcept;
    // Once a tick, after the streams ran: serves a flush even while nobody pulls.
    void end_tick() noexcept;
    bool gone() const noexcept { return gone_.load(std::memory_order_relaxed); }

    // ---- SIP thread

    // Where what is pulled goes: while that is shut, nothing is played, and the queue waits.
    void play_through(std::shared_ptr<const Outlet> outlet);
    // No tick from now on but the one that runs.
    void leave() noexcept { gone_.store(true, std::memory_order_relaxed); }

    // ---- Python's thread

    // Takes ownership of the order.
    void give(Order* order) noexcept;
    // A blank report of a voice, to be filled in when one begins or ends: the media thread makes none itself.
    void give_blank(Order* blank) noexcept { blanks_.push(blank); }
    // From the next tick on, afresh. Voices need blanks to be reported in.
    void detect(bool on) noexcept { detecting_.store(on, std::memory_order_relaxed); }
    // Reports, oldest first, linked by `next`; the caller owns them.
    Order* reports() noexcept { return reports_.take(); }

    Capture& capture() noexcept { return capture_; }
    // Whether a model hears the caller past Python: set by the link that brings it there.
    bool hears_directly() const noexcept { return direct_.load(std::memory_order_acquire); }
    void hears_directly(bool does) noexcept { direct_.store(does, std::memory_order_release); }
    std::int64_t queued() const noexcept { return queued_.load(std::memory_order_relaxed); }

    // ---- counters; any thread

    struct Counters {
        std::atomic<std::uint64_t> ticks{0};
        std::atomic<std::uint64_t> agent_frames{0};
        std::atomic<std::uint64_t> caller_frames{0};
        std::atomic<std::uint64_t> underruns{0};
        std::atomic<int> agent_peak{0};  // since Python last exchanged it for 0, as is the next
        std::atomic<int> caller_peak{0};
    };
    Counters counters;

private:
    static void raise(std::atomic<int>& peak, const std::int16_t* samples, std::size_t count) noexcept;
    static void count(std::atomic<std::uint64_t>& counter) noexcept;
    void settle() noexcept;
    void listen(LineRate& rate, const std::int16_t* caller) noexcept;
    void tell_of_voice() noexcept;
    void tell(std::atomic<bool>& why) noexcept {
        bell_->news.tell(number_);
        why.store(true, std::memory_order_relaxed);
    }

    Handover<Order> orders_;
    Handover<Order> reports_;
    Playout playout_{orders_, reports_};
    Capture capture_;
    const std::shared_ptr<Bell> bell_;
    const unsigned number_;
    std::atomic<std::int64_t> queued_{0};
    Handover<Order> blanks_;
    std::atomic<bool> detecting_{false};
    std::atomic<bool> gone_{false};
    std::atomic<bool> direct_{false};
    std::atomic<const Outlet*> outlet_{nullptr};
    std::vector<std::shared_ptr<const Outlet>> outlets_;  // the SIP thread's own: the media thread may be in one
    // The media thread's own:
    bool pulled_ = false;  // in this tick
    bool detected_ = false;  // in the last tick
    bool told_ = false;      // the voice's state that Python was told last
    unsigned untold_ = 0;    // ticks of the caller that went past Python since it was told
    VoiceDetector voice_;
    Order* blank_ = nullptr;  // a list
};

// ------------------------------------------------------------------------------------ implementation

inline Channel::~Channel() {
    for (Handover<Order>* list : {&orders_, &reports_, &blanks_}) {
        for (Order* order = list->take(); order != nullptr;) {
            Order* const next = order->next;
            delete order;
            order = next;
        }
    }
    while (blank_ != nullptr) delete std::exchange(blank_, blank_->next);
}

inline void Channel::give(Order* order) noexcept {
    if (order->kind == Order::Kind::play) {
        queued_.fetch_add(static_cast<std::int64_t>(order->size), std::memory_order_relaxed);
    }
    orders_.push(order);
}

inline void Channel::play_through(std::shared_ptr<const Outlet> outlet) {
    if (outlet_.load(std::memory_order_relaxed) == outlet.get()) return;
    outlets_.push_back(std::move(outlet));
    outlet_.store(outlets_.back().get(), std::memory_order_release);
}

inline void Channel::pull(Tick& agent) noexcept {
    const Outlet* const outlet = outlet_.load(std::memory_order_acquire);
    if (outlet != nullptr && !outlet->open()) {
        agent.fill(0);
        if (detected_) voice_.agent(agent);
        return;
    }
    const std::size_t filled = playout_.pull(agent);
    pulled_ = true;
    count(counters.ticks);
    if (filled > 0) {
        count(counters.agent_frames);
        raise(counters.agent_peak, agent.data(), agent.size());
    }
    if (detected_) voice_.agent(agent);
    settle();
}

inline void Channel::put(LineRate& rate, const std::int16_t* caller) noexcept {
    std::array<std::int16_t, kLargestTick> resampled;
    rate.heard.run(caller, resampled.data());
    capture_.put(resampled.data());
    count(counters.caller_frames);
    raise(counters.caller_peak, caller, rate.tick());
    listen(rate, caller);
    if (!hears_directly() || ++untold_ >= kAccountTicks) {
        untold_ = 0;
        tell(bell_->audio);
    }
}

inline void Channel::listen(LineRate& rate, const std::int16_t* caller) noexcept {
    const bool before = std::exchange(detected_, detecting_.load(std::memory_order_relaxed));
    if (!detected_) return;
    if (!before) {
        voice_ = VoiceDetector();
        told_ = false;
    }
    VoiceTick narrow;
    rate.voice.run(caller, narrow.data());
    voice_.caller(narrow);
    if (voice_.speaking() != told_) tell_of_voice();
}

// Blanks run out only while Python sleeps for seconds; it is told then what holds when it wakes up.
inline void Channel::tell_of_voice() noexcept {
    if (blank_ == nullptr) blank_ = blanks_.take();
    if (blank_ == nullptr) return;
    Order* const report = std::exchange(blank_, blank_->next);
    told_ = voice_.speaking();
    report->number = told_ ? 1 : 0;
    report->heard = voice_.since() * 20;
    reports_.push(report);
    tell(bell_->report);
}

inline void Channel::end_tick() noexcept {
    if (!pulled_) {
        playout_.idle();
        settle();
    }
    pulled_ = false;
}

inline void Channel::settle() noexcept {
    if (playout_.left_queue() > 0) {
        queued_.fetch_sub(static_cast<std::int64_t>(playout_.left_queue()), std::memory_order_relaxed);
    }
    counters.underruns.store(playout_.underruns(), std::memory_order_relaxed);
    if (playout_.reported()) tell(bell_->report);
}

// One writer: a plain addition in an atomic, without the price of a locked instruction.
inline void Channel::count(std::atomic<std::uint64_t>& counter) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

inline void Channel::raise(std::atomic<int>& peak, const std::int16_t* samples, std::size_t count) noexcept {
    int largest = 0;
    for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(static_cast<int>(samples[i])));
    if (largest > peak.load(std::memory_order_relaxed)) peak.store(largest, std::memory_order_relaxed);
}

}  // namespace media
