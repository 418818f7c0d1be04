// SPDX-License-Identifier: GPL-3.0-or-later
// Two threads at one channel, as fast as they can: built with a sanitizer and run by test_playout.py.
//
// One thread is Python's: it plays, marks, flushes, reads, joins, taps. The other is the media thread: it pulls, puts,
// ends ticks. Every order must come back exactly once, and every frame must be whole.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "../../gateway/media/channel.hpp"
#include "../../gateway/media/join.hpp"

namespace {

constexpr int kTicks = 4'000;

void expect(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "not so: %s\n", what);
    std::exit(1);
}

using Joins = media::Roster<media::Join>;

void tick(media::Channel& channel, media::Channel& other, Joins& joins, std::atomic<bool>& done) {
    std::array<std::int16_t, media::kLargestTick> said{};
    media::LineRate wide(16000, 8000);
    media::VoiceTick caller;
    media::LineRate rate(8000, 8000);
    std::uint32_t hiss = 1;
    for (int n = 0; n < kTicks; ++n) {
        // Hiss of one magnitude, soft and loud in turn: a frame is known by it, and voices come and go.
        const int loud = n / 50 % 2 == 0 ? n % 7 : 1000 + n % 9000;
        for (std::int16_t& sample : caller) {
            hiss = hiss * 1664525U + 1013904223U;
            sample = static_cast<std::int16_t>(hiss >> 31 != 0 ? loud : -loud);
        }
        joins.admit();
        joins.turns([](media::Join& join) { join.await(); }, [](media::Join&, int) {});
        const bool late = channel.speaks_late();
        expect(late == other.speaks_late(), "both of a join wait");
        if (!late) {
            channel.say(rate, said.data());
            other.say(wide, said.data());
        }
        if (n % 3 != 0) channel.put(rate, caller.data(), media::loudness(caller.data(), caller.size()));
        other.put(wide, said.data(), media::Loudness{});
        joins.turns([](media::Join& join) { join.mix(); }, [](media::Join&, int) {});
        if (late) {
            channel.say(rate, said.data());
            other.say(wide, said.data());
        }
        channel.end_tick();
        other.end_tick();
        if (n % 64 == 0) std::this_thread::yield();
    }
    done = true;
}

struct Python {
    media::Channel& channel;
    long given = 0, back = 0, flushes = 0, voices = 0;

    void order(int n) {
        auto order = std::make_unique<media::Order>();
        order->kind = n % 5 == 0 ? media::Order::Kind::mark : media::Order::Kind::play;
        if (n % 97 == 0) order->kind = media::Order::Kind::flush;
        order->number = 1 + n / 50;
        if (order->kind == media::Order::Kind::play) {
            const std::vector<char> pcm(2 * static_cast<std::size_t>(1 + n % 400));
            order->sound = media::PackedSound(pcm.data(), pcm.size() / 2);
        }
        channel.give(order.release());
        ++given;
    }

    // Whoever joins, taps or plays music lets go of what he had.
    void mix(int n, const std::shared_ptr<media::Channel>& one, const std::shared_ptr<media::Channel>& other, Joins& joins) {
        if (n % 5 == 0) {
            if (join) join->part();
            const std::vector<media::Hears> hear{{2, 1, 1}, {1, 3, 3}};
            joins.join(join = std::make_shared<media::Join>(std::vector{one, other}, hear));
        }
        if (n % 7 == 0) {
            if (tap) tap->close();
            one->tap(tap = std::make_shared<media::TapRing>(8));
        }
        if (n % 3 == 0) {
            if (music) music->stop();
            one->play_music(music = std::make_shared<media::Music>(std::make_shared<media::Samples>(1000, 5), 0.5F));
        }
        other->mute(n % 2 == 0);
    }

    void record() {
        media::TapTick what;
        std::array<std::int16_t, 2 * media::kLargestTick> both;
        while (tap && tap->peek(what)) {
            expect(what.rate == 8000 && what.missing <= 1, "a tick is whole");
            tap->read(what, both.data());
            ++recorded;
        }
    }

    std::shared_ptr<media::Join> join;
    std::shared_ptr<media::TapRing> tap;
    std::shared_ptr<media::Music> music;
    long recorded = 0;

    void collect() {
        for (media::Order* report = channel.reports(); report != nullptr;) {
            std::unique_ptr<media::Order> order(report);
            report = order->next;
            if (order->kind == media::Order::Kind::tone) {
                channel.detectors().give_blank(order.release());
                continue;
            }
            if (order->kind == media::Order::Kind::voice) {
                expect(order->number == (voices++ % 2 == 0), "voices begin and end in turn");
                channel.detectors().give_blank(order.release());
                continue;
            }
            flushes += order->kind == media::Order::Kind::flush;
            ++back;
        }
    }

    void listen() {
        media::Capture& capture = channel.capture();
        const std::size_t room = capture.waiting();
        std::vector<std::int16_t> pcm(room * capture.count());
        const std::size_t frames = capture.read(pcm.data(), room);
        for (std::size_t f = 0; f < frames; ++f) {
            const std::int16_t* frame = pcm.data() + f * capture.count();
            const std::int16_t* end = frame + capture.count();
            expect(std::all_of(frame, end, [&](std::int16_t s) { return std::abs(s) == std::abs(frame[0]); }), "a frame is whole");
        }
    }
};

}  // namespace

int main() {
    const auto bell = std::make_shared<media::Bell>();
    const auto both = std::make_shared<media::Channel>(8000, bell, bell->news.number());
    const auto other = std::make_shared<media::Channel>(8000, bell, bell->news.number());
    media::Channel& channel = *both;
    Joins joins;
    std::atomic<bool> done{false};
    for (int n = 0; n < 8; ++n) {
        auto blank = std::make_unique<media::Order>();
        blank->kind = media::Order::Kind::voice;
        channel.detectors().give_blank(blank.release());
    }
    channel.detectors().voice(true);
    channel.detectors().tones(true);
    std::thread media_thread(tick, std::ref(channel), std::ref(*other), std::ref(joins), std::ref(done));
    Python python{channel};
    for (int n = 1; !done; ++n) {
        if (python.given - python.back < 1000) python.order(n);
        python.collect();
        if (n % 7 == 0) python.listen();
        if (n % 11 == 0) python.record();
        if (n % 101 == 0) python.mix(n / 101, both, other, joins);
    }
    media_thread.join();
    if (python.join) python.join->part();
    joins.review();
    python.order(97);  // the last flush empties the queue
    channel.end_tick();
    channel.end_tick();
    python.collect();
    expect(python.given == python.back, "every order comes back once");
    expect(channel.queued() == 0, "nothing is counted as queued");
    expect(python.voices > 0, "voices are heard");  // how many is the scheduler's business
    std::printf("%ld orders, %ld flushes, %ld voices\n", python.given, python.flushes, python.voices);
}
