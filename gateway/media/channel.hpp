// SPDX-License-Identifier: GPL-3.0-or-later
// One call's audio without any PJSIP: a playout, a capture, and what Python sees of them.
//
// Three threads: Python's (orders, reports, reading, counters), SIP's, and the media thread's (ticks). They meet in
// lock-free lists and rings and in relaxed atomic counters, nowhere else.

#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "capture.hpp"
#include "comfort_noise.hpp"
#include "detectors.hpp"
#include "echo_mask.hpp"
#include "handover.hpp"
#include "heard_tick.hpp"
#include "held.hpp"
#include "leg_taps.hpp"
#include "line_rate.hpp"
#include "loudness.hpp"
#include "mix.hpp"
#include "music.hpp"
#include "mute.hpp"
#include "news.hpp"
#include "outlet.hpp"
#include "playout.hpp"
#include "roster.hpp"

namespace media {

// Set by a channel's tick when Python should look, and where; the clock turns it into one wake-up for all channels.
struct Bell {
    std::atomic<bool> audio{false};      // that Python brings to somebody
    std::atomic<bool> report{false};     // all else, and audio that went past Python
    std::atomic<bool> unhurried{false};  // a report that nobody waits for
    News news;
    std::uint64_t tick = 0;  // that runs, counted for all channels; the media thread's own
};

class Channel {
public:
    // `number` is the port's in `Bell::news`.
    Channel(unsigned caller_rate, std::shared_ptr<Bell> bell, unsigned number)
        : capture_(caller_rate), bell_(std::move(bell)), number_(number) {}
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel();

    // ---- media thread

    // A tick of the caller, at the line's rate, and how loud it is. `missing`: nothing came.
    void put(LineRate& rate, const std::int16_t* caller, const Loudness& loud, bool missing = false) noexcept;
    // A tick of what comes while the far side holds, for those who are joined with it.
    void put_held(LineRate& rate, const std::int16_t* music) noexcept;
    // A tick for the phone, at the line's rate.
    void say(LineRate& rate, std::int16_t* said) noexcept;
    // The same without a line: all but the callers that this one is joined with, at 24 kHz.
    void pull(Tick& out) noexcept;
    // Ask for the memory that a tick will need, and for what that leads to. `expect_say` may be asked of one that is gone.
    void expect_put() const noexcept;
    void expect_rest_to_put() const noexcept;
    void expect_say() const noexcept;
    void expect_rest_to_say() const noexcept;
    void expect_end() const noexcept;
    // Once a tick, after the streams ran: serves a flush even while nobody pulls.
    void end_tick() noexcept;
    bool gone() const noexcept { return gone_.load(std::memory_order_relaxed); }

    // ---- media thread, a join's turn

    // Before anything of a tick: what is said in it waits until the others of the join were heard.
    void speak_late() noexcept { speaks_late_ = true; }
    bool speaks_late() const noexcept { return speaks_late_; }

    // After all streams have put, before those who are joined say:


    HeardTick& heard() noexcept { return heard_; }
    bool open() const noexcept;
    // What the agent says in this tick: pulled once, whoever asks.
    const Tick& agent() noexcept;
    // What is said in this tick besides.
    Mix& mix() noexcept { return mix_; }
    // How the agent is to hear in the next tick; in this one, what it would hear of its own caller, if that is to be
    // given by the join, at the capture's rate.
    void ear(Ear ear) noexcept { next_ear_ = ear; }
    std::int16_t* owed() noexcept { return owed_ ? ear_samples_.data() : nullptr; }
    void pay(bool heard) noexcept;

    // ---- SIP thread

    // Where what is pulled goes: while that is shut, nothing is played, and the queue waits.
    void play_through(std::shared_ptr<const Outlet> outlet);
    // Nothing is played as long as it waits, and silence is sent; the queue goes on afterwards, by itself after so
    // many ticks if not 0.
    void wait(bool on, int ticks = 0) noexcept {
        waits_.store(on ? (ticks > 0 ? ticks : kUntilTold) : 0, std::memory_order_relaxed);
    }
    // No tick from now on but the one that runs.
    void leave() noexcept { gone_.store(true, std::memory_order_relaxed); }

    // ---- any thread but the media thread

    void play_music(std::shared_ptr<Music> music) { music_.join(std::move(music)); }
    void tap(std::shared_ptr<TapRing> tap) { taps_.join(std::move(tap)); }
    void mute(bool on) noexcept { mute_.set(on); }

    // ---- Python's thread

    // Takes ownership of the order.
    void give(Order* order) noexcept;
    Detectors& detectors() noexcept { return detectors_; }
    const Detectors& detectors() const noexcept { return detectors_; }
    // A faint noise behind all that is said, so many dB below overload; 0: none.
    void make_noise(int below_db) noexcept { wanted_noise_.store(below_db, std::memory_order_relaxed); }
    // Reports, oldest first, linked by `next`; the caller owns them.
    Order* reports() noexcept { return reports_.take(); }

    Capture& capture() noexcept { return capture_; }
    // Whether a model hears the caller past Python: set by the link that brings it there.
    bool hears_directly() const noexcept { return direct_.load(std::memory_order_acquire); }
    void hears_directly(bool does) noexcept { direct_.store(does, std::memory_order_release); }
    std::int64_t queued() const noexcept { return queued_.load(std::memory_order_relaxed); }
    // Of the playout, so far.
    std::int64_t ticks() const noexcept { return playout_.ticks(); }

    // ---- counters; any thread

    struct Counters {
        std::atomic<std::uint64_t> ticks{0};
        std::atomic<std::uint64_t> agent_frames{0};
        std::atomic<std::uint64_t> caller_frames{0};
        std::atomic<std::uint64_t> underruns{0};
        LoudnessMeter agent;
        LoudnessMeter caller;
    };
    Counters counters;

private:
    static void count(std::atomic<std::uint64_t>& counter) noexcept;
    void settle() noexcept;
    void add_noise(Tick& out) noexcept;
    void take(Tick& agent) noexcept;
    void hear(LineRate& rate, const std::int16_t* caller) noexcept;
    void go_on_at_model_rate(LineRate& rate) noexcept;
    void deliver(const std::int16_t* ear, std::size_t count, bool held = false) noexcept;
    void tell(std::atomic<bool>& why) noexcept {
        bell_->news.tell(number_);
        why.store(true, std::memory_order_relaxed);
    }

    Handover<Order> orders_;
    Handover<Order> reports_;
    Playout playout_{orders_, reports_};
    Detectors detectors_{reports_};
    Capture capture_;
    const std::shared_ptr<Bell> bell_;
    const unsigned number_;
    std::atomic<std::int64_t> queued_{0};
    std::atomic<int> wanted_noise_{0};
    std::atomic<bool> gone_{false};
    std::atomic<bool> direct_{false};
    static constexpr int kUntilTold = -1;
    std::atomic<int> waits_{0};  // ticks
    std::atomic<const Outlet*> outlet_{nullptr};
    std::vector<std::shared_ptr<const Outlet>> outlets_;  // the SIP thread's own: the media thread may be in one
    Roster<Music> music_;
    LegTaps taps_;
    Mute mute_;
    // The media thread's own:
    Tick agent_{};
    std::size_t filled_ = 0;  // of `agent_`, with sound
    bool pulled_ = false;     // in this tick
    bool speaks_late_ = false;  // likewise
    Mix mix_;
    HeardTick heard_;
    bool missing_ = false;    // what is heard
    Ear ear_ = Ear::own;
    Ear next_ear_ = Ear::own;
    bool owed_ = false;       // to the capture
    bool was_joined_ = false; // in this tick or an earlier one, with others whom the agent hears
    std::array<std::int16_t, kTickSamples> ear_samples_{};
    EchoMask mask_;
    int noise_level_ = 0;
    ComfortNoise noise_;
};

// ------------------------------------------------------------------------------------ implementation

inline Channel::~Channel() {
    for (Handover<Order>* list : {&orders_, &reports_})
        for (Order* order = list->take(); order != nullptr;) delete std::exchange(order, order->next);
}

inline void Channel::expect_put() const noexcept {
    fetch(this, 4 * kCacheLine);
    detectors_.expect();
    fetch_between(&capture_, &agent_);
    fetch_between(&filled_, &heard_);
    fetch(&missing_);
    fetch_between(&mask_, this + 1);
}

inline void Channel::expect_rest_to_put() const noexcept {
    capture_.expect();
    detectors_.expect_rest();
}

inline void Channel::expect_say() const noexcept {
    fetch(this, 4 * kCacheLine);
    detectors_.expect_agent();
    fetch_between(&capture_, &agent_);
    fetch_between(&filled_, &heard_);
}

inline void Channel::expect_rest_to_say() const noexcept {
    playout_.expect();
    detectors_.expect_rest_agent();
}

inline void Channel::expect_end() const noexcept {
    fetch(this, 3 * kCacheLine);
    fetch_between(&capture_, &agent_);
    fetch_between(&filled_, &heard_);
    fetch(&missing_);
}

inline void Channel::give(Order* order) noexcept {
    if (order->kind == Order::Kind::play) {
        queued_.fetch_add(static_cast<std::int64_t>(order->sound.left()), std::memory_order_relaxed);
    }
    orders_.push(order);
}

inline void Channel::play_through(std::shared_ptr<const Outlet> outlet) {
    if (outlet_.load(std::memory_order_relaxed) == outlet.get()) return;
    outlets_.push_back(std::move(outlet));
    outlet_.store(outlets_.back().get(), std::memory_order_release);
}

inline bool Channel::open() const noexcept {
    if (waits_.load(std::memory_order_relaxed) != 0) return false;
    const Outlet* const outlet = outlet_.load(std::memory_order_acquire);
    return outlet == nullptr || outlet->open();
}

inline const Tick& Channel::agent() noexcept {
    if (!pulled_) take(agent_);
    return agent_;
}

inline void Channel::take(Tick& agent) noexcept {
    pulled_ = true;
    filled_ = playout_.pull(agent);
    if (filled_ > 0) {
        count(counters.agent_frames);
        counters.agent.heard(loudness(agent.data(), agent.size()));
    } else {
        counters.agent.heard({});
    }
    settle();
}

inline void Channel::pull(Tick& out) noexcept {
    if (!open()) {
        out.fill(0);
    } else {
        count(counters.ticks);
        const bool own = mix_.hears_own();
        if (own && !pulled_ && mix_.is_empty()) {
            take(out);  // spares the memory of a tick
        } else {
            mix_.of_agents(own ? &agent() : nullptr, out);
        }
        const bool gives_way = (own && filled_ > 0) || mix_.others_speak();
        music_.each([&](Music& music) { music.mix(out, gives_way); });
    }
    detectors_.agent(out, !speaks_late_);
    add_noise(out);
}

// After the detectors: to them, nothing is said in it.
inline void Channel::add_noise(Tick& out) noexcept {
    const int wanted = wanted_noise_.load(std::memory_order_relaxed);
    if (wanted == 0 || !open()) return;
    if (std::exchange(noise_level_, wanted) != wanted) {
        const auto payload = static_cast<std::uint8_t>(wanted);
        noise_.describe(&payload, 1);
    }
    Tick noise;
    noise_.make(noise.data(), noise.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = static_cast<std::int16_t>(std::clamp(out[i] + noise[i], -32768, 32767));
    }
}

inline void Channel::say(LineRate& rate, std::int16_t* said) noexcept {
    Tick out;
    pull(out);
    rate.said.run(out, said);
    if (open()) mix_.add_callers(said, rate.tick());
    taps_.keep(rate.rate(), said);
}

inline void Channel::put(LineRate& rate, const std::int16_t* caller, const Loudness& loud, bool missing) noexcept {
    std::array<std::int16_t, kLargestTick> muted;
    const std::int16_t* const said = std::exchange(caller, mute_.apply(caller, rate.tick(), muted.data()));
    missing_ = missing;
    if (detectors_.hear(rate, caller)) tell(bell_->report);
    if (ear_ != Ear::none) {
        std::array<std::int16_t, kLargestTick> spared;
        const std::int16_t* const rest =
            mask_.apply(detectors_.heard_echo(), detectors_.noise(), caller, rate.tick(), spared.data());
        owed_ = ear_ != Ear::own;
        capture_.follow(owed_ ? -1.0F : loud.magnitude);
        hear(rate, rest);
    }
    if (!taps_.empty()) heard_.want(rate.rate());
    heard_.put(rate, caller);
    count(counters.caller_frames);
    counters.caller.heard(caller == said ? loud : loudness(caller, rate.tick()));
}

// As the agent will, who is brought the line's samples by whoever reads them; but from the first join on, where those of
// others are added, at the model's rate.
inline void Channel::hear(LineRate& rate, const std::int16_t* caller) noexcept {
    if (owed_ && !std::exchange(was_joined_, true)) go_on_at_model_rate(rate);
    if (capture_.narrow()) {
        VoiceTick narrow;
        rate.narrow.run(caller, narrow.data());
        if (!owed_) return deliver(narrow.data(), narrow.size(), true);
        return hold(narrow.data(), capture_.rate() / kVoiceRate, ear_samples_.data());
    }
    if (!was_joined_ && rate.rate() < capture_.rate()) return deliver(caller, rate.tick());
    std::array<std::int16_t, kTickSamples> own;
    rate.heard.run(caller, owed_ ? ear_samples_.data() : own.data());
    if (!owed_) deliver(own.data(), capture_.count());
}

// From the tick before on, without a seam.
inline void Channel::go_on_at_model_rate(LineRate& rate) noexcept {
    const Frame last = capture_.last();
    if (last.count == rate.tick()) rate.heard.pass(last.samples.data());
}

inline void Channel::put_held(LineRate& rate, const std::int16_t* music) noexcept {
    std::array<std::int16_t, kLargestTick> muted;
    heard_.put(rate, mute_.apply(music, rate.tick(), muted.data()));
}

inline void Channel::pay(bool heard) noexcept {
    owed_ = false;
    if (heard) deliver(ear_samples_.data(), capture_.count());
}

inline void Channel::deliver(const std::int16_t* ear, std::size_t count, bool held) noexcept {
    capture_.put(ear, count, held);
    if (!hears_directly()) tell(bell_->audio);
}

inline void Channel::end_tick() noexcept {
    if (!pulled_) {
        playout_.idle();
        settle();
    }
    if (owed_) pay(true);  // the join that wanted it is over
    taps_.end_tick(bell_->tick, heard_, missing_);
    // Not where the SIP thread has said something else meanwhile.
    if (int left = waits_.load(std::memory_order_relaxed); left > 0)
        waits_.compare_exchange_strong(left, left - 1, std::memory_order_relaxed);
    pulled_ = speaks_late_ = false;
    filled_ = 0;
    mix_.end_tick();
    heard_.end_tick();
    ear_ = std::exchange(next_ear_, Ear::own);
    music_.review();
}

inline void Channel::settle() noexcept {
    if (playout_.left_queue() > 0) {
        queued_.fetch_sub(static_cast<std::int64_t>(playout_.left_queue()), std::memory_order_relaxed);
    }
    counters.underruns.store(playout_.underruns(), std::memory_order_relaxed);
    if (playout_.reported() != Playout::Reported::nothing)
        tell(playout_.reported() == Playout::Reported::awaited ? bell_->report : bell_->unhurried);
}

// One writer: a plain addition in an atomic, without the price of a locked instruction.
inline void Channel::count(std::atomic<std::uint64_t>& counter) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace media
