// SPDX-License-Identifier: GPL-3.0-or-later
#include "jitter_buffer.hpp"

#include <algorithm>
#include <limits>

namespace media {
namespace {

constexpr std::size_t kHeader = 12;  // of RTP: RFC 3550 section 5.1
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

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
    if (!takes(read(bytes + 8, 4), number, timestamp, now_ns)) return false;
    Slot& place = slot(number);
    if (place.full && place.number == number) return false;
    place.full = true;
    place.number = number;
    place.timestamp = timestamp;
    place.packet.assign(bytes, bytes + size);
    return true;
}

bool JitterBuffer::takes(std::uint32_t source, std::uint16_t number, std::uint32_t timestamp, std::int64_t now_ns) {
    const auto ahead = static_cast<std::int32_t>(timestamp - due_);
    const bool newer = static_cast<std::int16_t>(number - next_) >= 0;
    const bool far_off = ahead > kMostTicks * tick_ || (ahead < -kMostTicks * tick_ && newer);
    if (!running_ || source != source_ || far_off) {
        begin(source, number, timestamp, now_ns);
    } else if (!newer) {
        return false;
    } else if (ahead < 0) {
        due_ = timestamp;  // everything waits so much longer
        wait_longer(kTickNs * -ahead / tick_);
        remember(last_tick_ns_ + kTickNs - now_ns);
    } else {
        remember(last_tick_ns_ + kTickNs * (ahead / tick_ + 1) - now_ns);
    }
    return true;
}

void JitterBuffer::begin(std::uint32_t source, std::uint16_t number, std::uint32_t timestamp, std::int64_t now_ns) {
    const std::int64_t until = std::max<std::int64_t>(kLeastNs + now_ns - last_tick_ns_, kTickNs);
    const std::int64_t ticks = std::min<std::int64_t>((until + kTickNs - 1) / kTickNs, 2);
    constexpr int kOvertaken = 4;  // of a new stream's packets, by its first one to come
    const bool fresh = !running_ || source != source_;
    for (Slot& each : slots_) each.full = false;
    running_ = true;
    source_ = source;
    next_ = static_cast<std::uint16_t>(number - (fresh ? kOvertaken : 0));
    due_ = timestamp - static_cast<std::uint32_t>((ticks - 1) * tick_);
    least_.fill(kNever);
    ticks_ = since_change_ = 0;
}

// ------------------------------------------------------------------------------------------ how long to wait

void JitterBuffer::remember(std::int64_t slack_ns) noexcept { least_[second_] = std::min(least_[second_], slack_ns); }

void JitterBuffer::wait_longer(std::int64_t ns) noexcept {
    for (std::int64_t& least : least_)
        if (least != kNever) least += ns;
    since_change_ = 0;
}

// How many ticks this one takes: none, and everything waits one longer; or two, the first of which nobody hears.
int JitterBuffer::taken(bool quiet) noexcept {
    if (++ticks_ == kSecond) {
        ticks_ = 0;
        second_ = (second_ + 1) % kSeconds;
        least_[second_] = kNever;
    }
    if (++since_change_ < kBetweenTicks) return 1;
    const std::int64_t least = *std::min_element(least_.begin(), least_.end());
    if (least == kNever) return 1;
    if (quiet && least < kScarceNs) {
        wait_longer(kTickNs);
        return 0;
    }
    const bool known = std::none_of(least_.begin(), least_.end(), [](std::int64_t each) { return each == kNever; });
    if ((quiet && known && least > kSpareNs) || least > kTooMuchNs) {
        wait_longer(-kTickNs);
        return 2;
    }
    return 1;
}

}  // namespace media
