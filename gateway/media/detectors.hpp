// SPDX-License-Identifier: GPL-3.0-or-later
// What is found in one caller's sound while somebody asks for it: a voice, keys, tones of the network.
//
// The media thread makes no reports itself: it fills in blank ones that Python gave, and Python gives them again.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "call_tones.hpp"
#include "dtmf.hpp"
#include "echo_gate.hpp"
#include "handover.hpp"
#include "line_rate.hpp"
#include "playout.hpp"
#include "voice.hpp"

namespace media {

class Detectors {
public:
    explicit Detectors(Handover<Order>& reports) noexcept : reports_(reports) {}
    Detectors(const Detectors&) = delete;
    Detectors& operator=(const Detectors&) = delete;
    ~Detectors();

    // ---- Python's thread: from the next tick on, each afresh; nothing is reported without blanks

    void voice(bool on) noexcept { wanted_voice_.store(on, std::memory_order_relaxed); }
    void keys(bool on) noexcept { wanted_keys_.store(on, std::memory_order_relaxed); }
    void tones(bool on) noexcept { wanted_tones_.store(on, std::memory_order_relaxed); }
    // Our own voice, come back.
    void echo(bool on) noexcept { wanted_echo_.store(on, std::memory_order_relaxed); }
    // Takes ownership.
    void give_blank(Order* blank) noexcept { blanks_.push(blank); }

    // ---- any thread

    bool hears_voices() const noexcept { return wanted_voice_.load(std::memory_order_relaxed); }
    bool speaks() const noexcept { return speaks_.load(std::memory_order_relaxed); }

    // ---- media thread

    // Ask for the memory that a tick will need: first of what leads to the rest.
    void expect() const noexcept { echo_.expect(); }
    void expect_rest() const noexcept { if (knows_echo_) echo_.expect_rest(); }
    // The same of what the phone is sent.
    void expect_agent() const noexcept { echo_.expect_said(); }
    void expect_rest_agent() const noexcept { if (knows_echo_) echo_.expect_rest_said(); }
    // A tick of the caller, at the line's rate; true if something was reported.
    bool hear(LineRate& rate, const std::int16_t* caller) noexcept;
    // A tick of what the phone is sent. `ahead`: before the caller's of the same tick.
    void agent(const Tick& said, bool ahead) noexcept {
        if (hears_voice_) voice_.agent(said, ahead);
        if (knows_echo_) echo_.said(said, ahead);
    }
    // Whether the last tick was an echo and nothing else, and the noise of the line, root mean square.
    bool heard_echo() const noexcept { return is_echo_; }
    float noise() const noexcept { return echo_.noise(); }

private:
    Order* blank() noexcept;
    bool report(Order::Kind kind, std::int32_t number, std::int64_t ago_ticks) noexcept;
    bool hear_voice(const VoiceTick& narrow, bool afresh) noexcept;
    void hear_echo(const VoiceTick& narrow, bool afresh) noexcept;

    Handover<Order>& reports_;
    Handover<Order> blanks_;
    std::atomic<bool> wanted_voice_{false};
    std::atomic<bool> wanted_keys_{false};
    std::atomic<bool> wanted_tones_{false};
    std::atomic<bool> wanted_echo_{false};
    std::atomic<bool> speaks_{false};
    // The media thread's own:
    bool hears_voice_ = false;  // in the last tick, as the next
    bool hears_tones_ = false;
    bool knows_echo_ = false;
    bool is_echo_ = false;      // the last tick
    bool told_voice_ = false;   // its state that Python was told last
    VoiceDetector voice_;
    DtmfDetector keys_;
    CallToneDetector tones_;
    EchoGate echo_;
    Order* blank_ = nullptr;  // a list
};

// ------------------------------------------------------------------------------------ implementation

inline Detectors::~Detectors() {
    for (Order* order = blanks_.take(); order != nullptr;) delete std::exchange(order, order->next);
    while (blank_ != nullptr) delete std::exchange(blank_, blank_->next);
}

inline bool Detectors::hear(LineRate& rate, const std::int16_t* caller) noexcept {
    const bool before = std::exchange(hears_voice_, wanted_voice_.load(std::memory_order_relaxed));
    const bool keys = wanted_keys_.load(std::memory_order_relaxed);
    const bool heard_tones = std::exchange(hears_tones_, wanted_tones_.load(std::memory_order_relaxed));
    const bool knew_echo = std::exchange(knows_echo_, wanted_echo_.load(std::memory_order_relaxed));
    is_echo_ = false;
    if (!hears_voice_ && !keys && !hears_tones_ && !knows_echo_) return false;
    VoiceTick narrow;
    rate.voice.run(caller, narrow.data());
    if (knows_echo_) hear_echo(narrow, !knew_echo);
    bool reported = false;
    if (keys) {
        if (const char key = keys_.hear(narrow.data(), narrow.size()); key != 0) reported = report(Order::Kind::key, key, 0);
    }
    if (hears_tones_) {
        if (!heard_tones) tones_ = CallToneDetector();
        const CallToneDetector::Heard heard = tones_.hear(narrow);
        if (heard.tone != CallToneDetector::Tone::none)
            reported = report(Order::Kind::tone, static_cast<std::int32_t>(heard.tone), heard.ago) || reported;
    }
    return (hears_voice_ && hear_voice(narrow, !before)) || reported;
}

// Without a blank it is told what holds when Python wakes up.
inline bool Detectors::hear_voice(const VoiceTick& narrow, bool afresh) noexcept {
    if (afresh) {
        voice_ = VoiceDetector();
        told_voice_ = false;
    }
    voice_.caller(narrow, is_echo_);
    const bool speaks = voice_.speaking();
    speaks_.store(speaks, std::memory_order_relaxed);
    if (speaks == told_voice_ || !report(Order::Kind::voice, speaks ? 1 : 0, voice_.since())) return false;
    told_voice_ = speaks;
    return true;
}

inline void Detectors::hear_echo(const VoiceTick& narrow, bool afresh) noexcept {
    if (afresh) echo_ = EchoGate();
    is_echo_ = echo_.heard(narrow);
}

// Blanks run out only while Python sleeps for seconds.
inline Order* Detectors::blank() noexcept {
    if (blank_ == nullptr) blank_ = blanks_.take();
    return blank_ == nullptr ? nullptr : std::exchange(blank_, blank_->next);
}

inline bool Detectors::report(Order::Kind kind, std::int32_t number, std::int64_t ago_ticks) noexcept {
    constexpr std::int64_t kTickMs = 20;
    Order* const filled = blank();
    if (filled == nullptr) return false;
    filled->kind = kind;
    filled->number = number;
    filled->heard = ago_ticks * kTickMs;
    reports_.push(filled);
    return true;
}

}  // namespace media
