// SPDX-License-Identifier: GPL-3.0-or-later
// The media thread's side of a port towards the phone: what is on air, what waits, how much was heard.
//
// Orders come in one ordered list and take effect at the next tick. Each goes back as its own report once it
// is done: a chunk when it was pulled or dropped, a mark when it was passed, a flush with what was heard. So
// reports need no memory of their own and cannot overflow. Nothing here allocates, locks or waits.
//
// Samples are 24 kHz, as the model gives them, and a tick is 480 of them (20 ms). Not thread-safe: the media thread's alone.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "fetch.hpp"
#include "handover.hpp"
#include "packed_sound.hpp"

namespace media {

constexpr unsigned kAgentRate = 24000;
constexpr std::size_t kTickSamples = kAgentRate / 50;
constexpr std::size_t kFadeSamples = kAgentRate / 200;  // 5 ms: too short to be heard as a word, long enough not to click

using Tick = std::array<std::int16_t, kTickSamples>;

struct Order {
    enum class Kind : std::uint8_t { play, mark, flush, gain, pause, voice, key, tone };

    Kind kind;
    bool dropped = false;          // report: a flush took this chunk or mark away
    bool awaited = true;           // somebody waits for the report
    std::int32_t number = 0;       // item of a chunk; id of a mark; of a pause: 1 begins, 0 ends;
                                   // report of a flush: the item last on air;
                                   // report of a voice: 1 began, 0 ended; of a key: its character;
                                   // of a tone: a `CallToneDetector::Tone`
    float factor = 1.0F;           // of a gain
    std::int64_t heard = 0;        // report of a flush: samples of the item that were pulled;
                                   // of a mark: in which tick it was passed; of a voice or a tone: ms ago
    std::int64_t remaining = 0;    // report of a flush: samples of the item that were dropped
    PackedSound sound;             // of a chunk: what was not pulled yet
    Order* next = nullptr;         // whoever holds the order links it here
};

class Playout {
public:
    Playout(Handover<Order>& orders, Handover<Order>& reports) noexcept : orders_(orders), reports_(reports) {}
    Playout(const Playout&) = delete;
    Playout& operator=(const Playout&) = delete;
    ~Playout();

    // One tick of sound for the phone: obeys waiting orders, then fills `out`, with zeros where nothing is
    // queued. Returns how many samples came from the queue.
    std::size_t pull(Tick& out) noexcept;

    // A tick in which nobody pulls (the call is on hold): a flush takes effect, but nothing is played.
    void idle() noexcept;

    // Asks for the memory of what is played next.
    void expect() const noexcept {
        if (first_ == nullptr) return;
        fetch(first_, sizeof *first_);
        fetch(next_, next_count_);
        if (then_ != nullptr) fetch(then_, next_count_);
    }

    // Samples that left the queue in the last `pull` or `idle`, pulled or dropped.
    std::size_t left_queue() const noexcept { return left_queue_; }

    // Whether the last `pull` or `idle` reported a mark or a flush, and one that somebody waits for.
    enum class Reported : std::uint8_t { nothing, something, awaited };
    Reported reported() const noexcept { return reported_; }

    // Ticks so far. Any thread.
    std::int64_t ticks() const noexcept { return ticks_.load(std::memory_order_relaxed); }

    std::uint64_t underruns() const noexcept { return underruns_; }

private:
    void begin_tick() noexcept;
    std::size_t obey(std::int16_t* out) noexcept;
    std::size_t pause(bool on, std::int16_t* out) noexcept;
    std::size_t fade_out(std::int16_t* out) noexcept;
    void drop_queue(Order& flush) noexcept;

    std::size_t fill(std::int16_t* out, std::size_t room) noexcept;
    std::size_t take(Order& chunk, std::int16_t* out, std::size_t room) noexcept;
    void pass_marks() noexcept;
    void amplify(std::int16_t* out, std::size_t count) noexcept;

    void look_ahead() noexcept;

    void append(Order* order) noexcept;
    Order* detach_first() noexcept;
    void report(Order* order, bool dropped) noexcept;

    Handover<Order>& orders_;
    Handover<Order>& reports_;
    Order* first_ = nullptr;  // chunks and marks that wait, in order
    Order* last_ = nullptr;

    const std::uint8_t* next_ = nullptr;  // of the first one, at the end of the last tick
    std::size_t next_count_ = 0;          // samples of it, at most a tick
    const std::uint8_t* then_ = nullptr;  // where they go on, if elsewhere

    std::int32_t item_ = 0;       // whose sample was pulled last; 0 before the first
    std::int64_t heard_ = 0;      // samples of it that were pulled
    bool sounding_ = false;       // the last tick ended in sound: to stop here without a fade would click
    bool starved_ = false;        // silence went out since the item's last sample, and no flush asked for it
    bool paused_ = false;         // the queue waits where it is
    float gain_ = 1.0F;           // at the end of the last tick
    float wanted_gain_ = 1.0F;

    std::size_t left_queue_ = 0;
    Reported reported_ = Reported::nothing;
    std::atomic<std::int64_t> ticks_{0};
    std::uint64_t underruns_ = 0;
};

}  // namespace media
