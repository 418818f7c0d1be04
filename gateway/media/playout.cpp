// SPDX-License-Identifier: GPL-3.0-or-later
#include "playout.hpp"

#include <algorithm>
#include <cmath>

namespace media {
namespace {

// Half a cosine from 1 to 0. A straight line would do without its two corners; they are audible on a tone.
const std::array<float, kFadeSamples> kFade = [] {
    std::array<float, kFadeSamples> fade{};
    for (std::size_t i = 0; i < kFadeSamples; ++i) {
        const double done = static_cast<double>(i + 1) / (kFadeSamples + 1);
        fade[i] = static_cast<float>((1.0 + std::cos(done * M_PI)) / 2.0);
    }
    return fade;
}();

std::int16_t scaled(std::int16_t sample, float factor) noexcept {
    return static_cast<std::int16_t>(std::lrintf(static_cast<float>(sample) * factor));
}

bool is_chunk_of(const Order* order, std::int32_t item) noexcept {
    return order->kind == Order::Kind::play && order->number == item;
}

}  // namespace

Playout::~Playout() {
    while (first_ != nullptr) delete detach_first();
}

std::size_t Playout::pull(Tick& out) noexcept {
    begin_tick();
    const std::size_t faded = obey(out.data());
    const std::size_t filled = faded + fill(out.data() + faded, out.size() - faded);
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(filled), out.end(), std::int16_t{0});
    sounding_ = filled == out.size();
    starved_ = starved_ || !(sounding_ || paused_);
    look_ahead();
    return filled;
}

void Playout::idle() noexcept {
    begin_tick();
    sounding_ = false;
    Tick nowhere;
    obey(nowhere.data());
    if (!paused_) pass_marks();
}

// ------------------------------------------------------------------------------------------- orders

void Playout::begin_tick() noexcept {
    left_queue_ = 0;
    reported_ = Reported::nothing;
    ticks_.store(ticks() + 1, std::memory_order_relaxed);
}

// Takes the waiting orders in; returns how many samples of a fade it wrote.
std::size_t Playout::obey(std::int16_t* out) noexcept {
    std::size_t faded = 0;
    for (Order* order = orders_.take(); order != nullptr;) {
        Order* const next = order->next;
        switch (order->kind) {
            case Order::Kind::play:
            case Order::Kind::mark:
                append(order);
                break;
            case Order::Kind::gain:
                wanted_gain_ = order->factor;
                report(order, false);
                break;
            case Order::Kind::pause:
                faded += pause(order->number != 0, out + faded);
                report(order, false);
                break;
            case Order::Kind::flush:
                faded += fade_out(out + faded);
                drop_queue(*order);
                break;
            case Order::Kind::voice:
            case Order::Kind::key:
            case Order::Kind::tone:
                break;  // a report only; never given as an order
        }
        order = next;
    }
    return faded;
}

// The fade into a pause is heard, and not said again: 5 ms are no loss. After it the sound rises within a tick.
std::size_t Playout::pause(bool on, std::int16_t* out) noexcept {
    if (on == paused_) return 0;
    const std::size_t faded = on ? fade_out(out) : 0;
    paused_ = on;
    if (!on) gain_ = 0.0F;
    return faded;
}

// Only what sounded in the last tick needs a fade; an item that has not begun is dropped unheard.
std::size_t Playout::fade_out(std::int16_t* out) noexcept {
    if (!sounding_) return 0;
    sounding_ = false;  // a second flush in the same tick finds silence
    std::size_t count = 0;
    while (count < kFadeSamples && first_ != nullptr) {
        if (first_->kind == Order::Kind::mark) {
            report(detach_first(), false);
        } else if (first_->number == item_) {
            count += take(*first_, out + count, kFadeSamples - count);
        } else {
            break;
        }
    }
    for (std::size_t i = 0; i < count; ++i) out[i] = scaled(out[i], gain_ * kFade[i * kFadeSamples / count]);
    return count;
}

void Playout::drop_queue(Order& flush) noexcept {
    bool on_air = true;
    std::int64_t remaining = 0;
    while (first_ != nullptr) {
        Order* const order = detach_first();
        if (order->kind == Order::Kind::play) {
            const std::size_t rest = order->sound.left();
            on_air = on_air && is_chunk_of(order, item_);
            if (on_air) remaining += static_cast<std::int64_t>(rest);
            left_queue_ += rest;
        }
        report(order, true);
    }
    flush.number = item_;
    flush.heard = heard_;
    flush.remaining = remaining;
    starved_ = paused_ = false;
    gain_ = wanted_gain_ = 1.0F;
    report(&flush, false);
}

// ------------------------------------------------------------------------------------------- playing

std::size_t Playout::fill(std::int16_t* out, std::size_t room) noexcept {
    std::size_t count = 0;
    if (paused_) return count;
    while (count < room && first_ != nullptr) {
        if (first_->kind == Order::Kind::mark) {
            report(detach_first(), false);
        } else {
            count += take(*first_, out + count, room - count);
        }
    }
    pass_marks();
    amplify(out, count);
    return count;
}

// Pulls from the first chunk and reports the chunk once it is empty.
std::size_t Playout::take(Order& chunk, std::int16_t* out, std::size_t room) noexcept {
    if (chunk.number != item_) {
        item_ = chunk.number;
        heard_ = 0;
    } else if (starved_) {
        ++underruns_;
    }
    starved_ = false;
    const std::size_t count = std::min(room, chunk.sound.left());
    chunk.sound.take(out, count);
    heard_ += static_cast<std::int64_t>(count);
    left_queue_ += count;
    if (chunk.sound.left() == 0) report(detach_first(), false);
    return count;
}

void Playout::pass_marks() noexcept {
    while (first_ != nullptr && first_->kind == Order::Kind::mark) report(detach_first(), false);
}

void Playout::amplify(std::int16_t* out, std::size_t count) noexcept {
    if (gain_ == 1.0F && wanted_gain_ == 1.0F) return;
    const float step = (wanted_gain_ - gain_) / static_cast<float>(kTickSamples);
    for (std::size_t i = 0; i < count; ++i) out[i] = scaled(out[i], gain_ + step * static_cast<float>(i + 1));
    gain_ = wanted_gain_;
}

// Where the next tick begins.
void Playout::look_ahead() noexcept {
    const bool plays = first_ != nullptr && first_->kind == Order::Kind::play;
    next_ = plays ? first_->sound.next() : nullptr;
    next_count_ = plays ? std::min(kTickSamples, first_->sound.left()) : 0;
    then_ = plays ? first_->sound.next_behind(next_count_) : nullptr;
}

// -------------------------------------------------------------------------------------------- the queue

void Playout::append(Order* order) noexcept {
    order->next = nullptr;
    (first_ == nullptr ? first_ : last_->next) = order;
    last_ = order;
}

Order* Playout::detach_first() noexcept {
    Order* const order = first_;
    first_ = order->next;
    return order;
}

void Playout::report(Order* order, bool dropped) noexcept {
    order->dropped = dropped;
    if (order->kind == Order::Kind::mark) order->heard = ticks();
    const bool news = order->kind == Order::Kind::flush || (order->kind == Order::Kind::mark && !dropped);
    if (news) reported_ = std::max(reported_, order->awaited ? Reported::awaited : Reported::something);
    reports_.push(order);
}

}  // namespace media
