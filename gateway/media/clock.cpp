// SPDX-License-Identifier: GPL-3.0-or-later
#include "clock.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "monotonic.hpp"
#include "priority.hpp"

namespace media {
namespace {

void add(std::atomic<std::uint64_t>& counter, std::uint64_t value) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
}

}  // namespace

Clock::Clock(std::function<void()> enter, std::function<std::int64_t(std::int64_t)> tick, std::function<bool()> needed)
    : enter_(std::move(enter)), tick_(std::move(tick)), needed_(std::move(needed)) {}

Clock::~Clock() { stop(); }

void Clock::start() {
    if (running()) return;
    stopping_ = false;
    thread_ = std::thread(&Clock::run, this);
}

void Clock::stop() {
    if (!running()) return;
    stopping_ = true;
    wake();
    thread_.join();
}

void Clock::wake() {
    {
        const std::lock_guard guard(mutex_);
        wakes_ = true;
    }
    woken_.notify_one();
}

// Returns whether somebody has ended it.
bool Clock::rest() {
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, kRest, [this] { return wakes_; });
    return std::exchange(wakes_, false);
}

void Clock::run() {
    pthread_setname_np(pthread_self(), "media-clock");
    leave_signals_to_others();
    scheduling_ = ask_for_priority();
    enter_();
    std::int64_t due = now_ns() + kPeriodNs;
    unsigned unneeded = 0;
    while (!stopping_.load(std::memory_order_relaxed)) {
        sleep_until(due);
        const std::int64_t begin = now_ns();
        record(begin - due);
        const std::int64_t waited = tick_(due);
        const std::int64_t end = now_ns();
        add(busy_ns_, static_cast<std::uint64_t>(end - begin - waited));
        due += kPeriodNs;
        if (end - due > kResyncNs) {
            due = end + kPeriodNs;
            add(resyncs_, 1);
        }
        unneeded = needed_() ? 0 : unneeded + 1;
        if (unneeded > kUnneeded) {
            if (rest()) unneeded = 0;
            due = now_ns();
        }
    }
}

// -------------------------------------------------------------------------------------------- statistics

void Clock::record(std::int64_t late_ns) noexcept {
    const auto late_us = static_cast<std::uint64_t>(std::max<std::int64_t>(late_ns, 0) / 1000);
    add(ticks_, 1);
    add(lateness_[bucket(late_us)], 1);
    if (late_ns >= kPeriodNs) add(late_ticks_, 1);
    if (late_us > max_late_us_.load(std::memory_order_relaxed)) max_late_us_ = late_us;
}

std::size_t Clock::bucket(std::uint64_t late_us) noexcept {
    if (late_us < 5000) return late_us / 50;
    return std::min<std::size_t>(kFine + (late_us - 5000) / 1000, kBuckets - 1);
}

std::uint64_t Clock::upper_edge(std::size_t bucket) noexcept {
    return bucket < kFine ? (bucket + 1) * 50 : 5000 + (bucket - kFine + 1) * 1000;
}

Clock::Stats Clock::stats() const {
    std::uint64_t total = 0;
    for (const auto& count : lateness_) total += count.load(std::memory_order_relaxed);
    std::uint64_t beyond = total / 100;  // so many ticks may be later than p99
    std::size_t p99 = kBuckets;
    while (p99 > 0) {
        const std::uint64_t here = lateness_[p99 - 1].load(std::memory_order_relaxed);
        if (here > beyond) break;
        beyond -= here;
        --p99;
    }
    const std::uint64_t ticks = ticks_.load(std::memory_order_relaxed);
    const std::uint64_t max = max_late_us_.load(std::memory_order_relaxed);
    return Stats{
        ticks,
        late_ticks_.load(std::memory_order_relaxed),
        resyncs_.load(std::memory_order_relaxed),
        p99 > 0 ? std::min(upper_edge(p99 - 1), max) : 0,
        max,
        ticks > 0 ? busy_ns_.load(std::memory_order_relaxed) / ticks / 1000 : 0,
        busy_ns_.load(std::memory_order_relaxed) / 1000,
        scheduling_.load(std::memory_order_relaxed),
    };
}

}  // namespace media
