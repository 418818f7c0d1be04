// SPDX-License-Identifier: GPL-3.0-or-later
// A thread that calls a function every 20 ms on a fixed grid, and knows how late it was.
//
// The grid is t0 + n * 20 ms on CLOCK_MONOTONIC with absolute sleeps (clock_nanosleep(2)), so that being
// late once does not shift everything after. A clock more than five ticks behind lays a new grid: sending
// that many packets at once helps nobody.
//
// Where nobody has needed a tick for a second it rests: four a second, until somebody wakes it, which lays a new grid.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

namespace media {

class Clock {
public:
    // `enter` runs once on the new thread, before the first tick. `tick` is told when it was due, and returns for how
    // long it waited itself, ns. `needed` says after a tick whether anybody needs the next one.
    Clock(std::function<void()> enter, std::function<std::int64_t(std::int64_t due_ns)> tick, std::function<bool()> needed);
    ~Clock();  // stops
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;

    void start();
    void stop();  // returns when the thread has ended; idempotent
    bool running() const noexcept { return thread_.joinable(); }
    // Somebody needs ticks from now on. Any thread, at any time.
    void wake();

    struct Stats {
        std::uint64_t ticks;
        std::uint64_t late_ticks;
        std::uint64_t resyncs;
        std::uint64_t p99_late_us;
        std::uint64_t max_late_us;
        std::uint64_t busy_us_mean;
        std::uint64_t busy_us;
        const char* scheduling;  // "realtime", "high" or "normal": what the system granted
    };
    Stats stats() const;  // any thread
    // The clock's thread: whether the system wakes it before all others.
    bool realtime() const noexcept { return std::string_view(scheduling_.load(std::memory_order_relaxed)) == "realtime"; }

private:
    static constexpr std::int64_t kPeriodNs = 20'000'000;
    static constexpr std::int64_t kResyncNs = 5 * kPeriodNs;
    static constexpr unsigned kUnneeded = 50;  // ticks, before it rests
    static constexpr std::chrono::milliseconds kRest{250};
    // 50 us up to 5 ms, then 1 ms up to 105 ms; the last bucket takes the rest.
    static constexpr std::size_t kFine = 100;
    static constexpr std::size_t kBuckets = 200;

    void run();
    bool rest();
    void record(std::int64_t late_ns) noexcept;
    static std::size_t bucket(std::uint64_t late_us) noexcept;
    static std::uint64_t upper_edge(std::size_t bucket) noexcept;

    const std::function<void()> enter_;
    const std::function<std::int64_t(std::int64_t)> tick_;
    const std::function<bool()> needed_;
    std::thread thread_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::condition_variable woken_;
    bool wakes_ = false;  // since the last rest

    // Written by the clock's thread only.
    std::array<std::atomic<std::uint64_t>, kBuckets> lateness_{};
    std::atomic<std::uint64_t> ticks_{0};
    std::atomic<std::uint64_t> late_ticks_{0};
    std::atomic<std::uint64_t> resyncs_{0};
    std::atomic<std::uint64_t> max_late_us_{0};
    std::atomic<std::uint64_t> busy_ns_{0};
    std::atomic<const char*> scheduling_{"normal"};
};

}  // namespace media
