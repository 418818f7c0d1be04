// SPDX-License-Identifier: GPL-3.0-or-later
#include "packet_reader.hpp"

#include <pthread.h>
#include <time.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "monotonic.hpp"
#include "priority.hpp"

namespace media {
namespace {

constexpr long kPatienceMs = 50;              // for a first packet: so long a stop takes at most
constexpr std::int64_t kTogetherNs = 1'000'000;
constexpr int kAtOnce = PJ_IOQUEUE_MAX_EVENTS_IN_SINGLE_POLL;

// To the next beat of a grid that all share.
void nap() noexcept {
    const std::int64_t ns = (now_ns() / kTogetherNs + 1) * kTogetherNs;
    const timespec until{ns / 1'000'000'000LL, ns % 1'000'000'000LL};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
        // The absolute time still holds.
    }
}

}  // namespace

void PacketReader::start(pjmedia_endpt* endpoint) {
    if (thread_.joinable()) return;
    pjmedia_endpt_stop_threads(endpoint);
    stopping_ = false;
    thread_ = std::thread(&PacketReader::run, this, pjmedia_endpt_get_ioqueue(endpoint));
}

void PacketReader::stop() noexcept {
    if (!thread_.joinable()) return;
    stopping_ = true;
    thread_.join();
}

// What is read late is late: on a busy machine callers of even lines would be cut.
void PacketReader::run(pj_ioqueue_t* queue) noexcept {
    pthread_setname_np(pthread_self(), "media");
    leave_signals_to_others();
    ask_for_priority();
    std::memset(memory_, 0, sizeof memory_);
    pj_thread_t* known;
    pj_thread_register("media", memory_, &known);
    while (!stopping_.load(std::memory_order_relaxed)) {
        pj_time_val patience{0, kPatienceMs};
        while (pj_ioqueue_poll(queue, &patience) >= kAtOnce) patience.msec = 0;
        nap();
    }
}

}  // namespace media
