// SPDX-License-Identifier: GPL-3.0-or-later
#include "jitter_buffer.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>

namespace media {
namespace {

constexpr std::size_t kHeader = 12;  // of RTP: RFC 3550 section 5.1
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kNotEver = std::numeric_limits<std::int64_t>::min();
constexpr int kRefused = 10;  // packets in a row: 200 ms

std::uint32_t read(const std::uint8_t* bytes, std::size_t count) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[i];
    return value;
}

}  // namespace

bool JitterBuffer::put(const void* packet, std::size_t size, std::int64_t now_ns) {
    const auto* const bytes = static_cast<const std::uint8_t*>(packet);
    if (size < kHeader) return false;
    const auto number = static_cast<std::uint16_t>(read(bytes + 2, 2));
    const std::uint32_t timestamp = read(bytes + 4, 4);
    const std::uint32_t source = read(bytes + 8, 4);
    Slot& place = slot(number);
    if (running_ && source == source_ && (place.full || place.given) && place.number == number) return false;
    if (!takes(source, number, timestamp, now_ns)) return false;
    if (static_cast<std::int16_t>(number - highest_) > 0) highest_ = number;
    place.full = true;
    place.given = false;
    place.number = number;
    place.came_ns = now_ns;
    place.timestamp = timestamp;
    if (place.packet.capacity() == 0 && !spare_.empty()) {
        place.packet = std::move(spare_.back());
        spare_.pop_back();
    }
    place.packet.assign(bytes, bytes + size);
    return true;
}

bool JitterBuffer::takes(std::uint32_t source, std::uint16_t number, std::uint32_t timestamp, std::int64_t now_ns) {
    const auto ahead = static_cast<std::int32_t>(timestamp - due_);
    const bool newer = static_cast<std::int16_t>(number - next_) >= 0;
    const std::int32_t far = kFarTicks * tick_;
    const bool far_off = ahead > far || (ahead < -far && newer);
    const bool odd = std::abs(static_cast<std::int16_t>(number - next_)) >= static_cast<int>(kSlots);
    if (!running_ || source != source_ || far_off || (odd && std::exchange(odd_, static_cast<std::uint16_t>(number + 1)) == number)) {
        begin(source, number, timestamp, now_ns);
    } else if (!newer || odd) {
        ++late_;
        return false;
    } else if (ahead < 0) {
        ++late_;
        if (too_late(kTickNs * -ahead / tick_)) {
            if (++refused_ < kRefused) return false;
            begin(source, number, timestamp, now_ns);  // the line has become longer for good
            return true;
        }
        due_ = timestamp;  // everything waits so much longer
        wait_longer(kTickNs * -ahead / tick_);
        remember(last_tick_ns_ + kTickNs - now_ns);
    } else {
        remember(last_tick_ns_ + kTickNs * (ahead / tick_ + 1) - now_ns);
    }
    refused_ = 0;
    return true;
}

void JitterBuffer::begin(std::uint32_t source, std::uint16_t number, std::uint32_t timestamp, std::int64_t now_ns) {
    const std::int64_t since_tick = std::clamp<std::int64_t>(now_ns - last_tick_ns_, 0, kTickNs);
    const std::int64_t until = std::max(bounds_.least_ns + kUnknownNs + since_tick, kTickNs);
    const std::int64_t ticks = (until + kTickNs - 1) / kTickNs;
    constexpr int kOvertaken = 4;  // of a new stream's packets, by its first one to come
    const bool fresh = !running_ || source != source_;
    for (Slot& each : slots_) each.full = each.given = false;
    running_ = true;
    source_ = source;
    next_ = static_cast<std::uint16_t>(number - (fresh ? kOvertaken : 0));
    highest_ = number;
    due_ = timestamp - static_cast<std::uint32_t>((ticks - 1) * tick_);
    least_.fill(kNever);
    most_.fill(0);
    missing_.fill(0);
    refused_ = 0;
    gave_ = false;
    odd_ = -1;
    ticks_ = since_change_ = 0;
}

// ------------------------------------------------------------------------------------------ how long to wait

void JitterBuffer::remember(std::int64_t slack_ns) noexcept {
    least_[second_] = std::min(least_[second_], slack_ns);
    most_[second_] = std::max(most_[second_], slack_ns);
}

void JitterBuffer::wait_longer(std::int64_t ns) noexcept {
    for (std::int64_t& least : least_)
        if (least != kNever) least += ns;
    for (std::int64_t& most : most_)
        if (most != 0) most += ns;
    since_change_ = 0;
}

void JitterBuffer::miss(std::uint16_t packets) noexcept {
    missed_ += packets;
    missing_[second_] += packets;
}

// Whether those that come soonest would wait too long, if everything waited so much longer.
bool JitterBuffer::too_late(std::int64_t ns) const noexcept {
    return *std::max_element(most_.begin(), most_.end()) + ns > std::max(bounds_.most_ns, bounds_.least_ns + 2 * kTickNs);
}

// How many ticks this one takes: none, and everything waits one longer; or two, the first of which nobody hears.
int JitterBuffer::taken(bool quiet) noexcept {
    if (++ticks_ == kSecond) {
        ticks_ = 0;
        second_ = (second_ + 1) % kSeconds;
        least_[second_] = kNever;
        most_[second_] = 0;
        missing_[second_] = 0;
    }
    if (++since_change_ < kBetweenTicks) return 1;
    const std::int64_t least = *std::min_element(least_.begin(), least_.end());
    if (least == kNever) return 1;
    const bool looks_ahead = seamless_ && std::accumulate(missing_.begin(), missing_.end(), 0) >= kLosing;
    const std::int64_t wanted = looks_ahead ? kTickNs + kUrgentNs : 0;
    if (least < (quiet ? wanted + kScarceNs : seamless_ ? kUrgentNs : kNotEver) && !too_late(kTickNs)) {
        wait_longer(kTickNs);
        return 0;
    }
    const bool known = std::none_of(least_.begin(), least_.end(), [](std::int64_t each) { return each == kNever; });
    const std::int64_t spare = std::max(bounds_.least_ns, wanted + kScarceNs) + kSpareNs;
    const bool too_much = least > bounds_.least_ns + kTooMuchNs;
    if (too_much || (known && least > (quiet ? spare : seamless_ ? spare + kTickNs : kNever - 1))) {
        wait_longer(-kTickNs);
        return 2;
    }
    return 1;
}

}  // namespace media
