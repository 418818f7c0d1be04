// SPDX-License-Identifier: GPL-3.0-or-later
// Two threads at one channel, as fast as they can: built with a sanitizer and run by test_playout.py.
//
// One thread is Python's: it plays, marks, flushes, reads. The other is the media thread: it pulls, puts,
// ends ticks. Every order must come back exactly once, and every frame must be whole.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "../../gateway/media/channel.hpp"

namespace {

constexpr int kTicks = 20'000;

void expect(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "not so: %s\n", what);
    std::exit(1);
}

void tick(media::Channel& channel, std::atomic<bool>& done) {
    media::Tick agent, caller;
    for (int n = 0; n < kTicks; ++n) {
        channel.pull(agent);
        caller.fill(static_cast<std::int16_t>(n));
        if (n % 3 != 0) channel.put(caller);
        channel.end_tick();
        if (n % 64 == 0) std::this_thread::yield();
    }
    done = true;
}

struct Python {
    media::Channel& channel;
    long given = 0, back = 0, flushes = 0;

    void order(int n) {
        auto order = std::make_unique<media::Order>();
        order->kind = n % 5 == 0 ? media::Order::Kind::mark : media::Order::Kind::play;
        if (n % 97 == 0) order->kind = media::Order::Kind::flush;
        order->number = 1 + n / 50;
        if (order->kind == media::Order::Kind::play) {
            order->size = static_cast<std::size_t>(1 + n % 400);
            order->samples.reset(new std::int16_t[order->size]());
        }
        channel.give(order.release());
        ++given;
    }

    void collect() {
        for (media::Order* report = channel.reports(); report != nullptr;) {
            const std::unique_ptr<media::Order> order(report);
            report = order->next;
            flushes += order->kind == media::Order::Kind::flush;
            ++back;
        }
    }

    void listen() {
        media::FrameRing& ring = channel.capture().ring();
        const std::size_t room = ring.waiting();
        std::vector<std::int16_t> pcm(room * ring.frame_samples());
        const std::size_t frames = ring.read(pcm.data(), room);
        for (std::size_t f = 0; f < frames; ++f) {
            const std::int16_t* frame = pcm.data() + f * ring.frame_samples();
            const std::int16_t* end = frame + ring.frame_samples();
            expect(std::all_of(frame, end, [&](std::int16_t s) { return s == frame[0]; }), "a frame is whole");
        }
    }
};

}  // namespace

int main() {
    media::Channel channel(8000, std::make_shared<media::Bell>(false));
    std::atomic<bool> done{false};
    std::thread media_thread(tick, std::ref(channel), std::ref(done));
    Python python{channel};
    for (int n = 1; !done; ++n) {
        if (python.given - python.back < 1000) python.order(n);
        python.collect();
        if (n % 7 == 0) python.listen();
    }
    media_thread.join();
    python.order(97);  // the last flush empties the queue
    channel.end_tick();
    channel.end_tick();
    python.collect();
    expect(python.given == python.back, "every order comes back once");
    expect(channel.queued() == 0, "nothing is counted as queued");
    std::printf("%ld orders, %ld flushes\n", python.given, python.flushes);
}
