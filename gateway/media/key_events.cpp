// SPDX-License-Identifier: GPL-3.0-or-later
#include "key_events.hpp"

namespace media {
namespace {

constexpr std::ptrdiff_t kHeader = 12;
constexpr std::ptrdiff_t kEvent = 4;

std::uint16_t pair(const std::uint8_t* bytes) noexcept { return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]); }

std::uint32_t word(const std::uint8_t* bytes) noexcept {
    return static_cast<std::uint32_t>(pair(bytes)) << 16 | pair(bytes + 2);
}

// Where the payload begins (RFC 3550 section 5.1); `size` or more if nowhere.
std::ptrdiff_t payload_at(const std::uint8_t* rtp, std::ptrdiff_t size) noexcept {
    std::ptrdiff_t at = kHeader + 4 * (rtp[0] & 0x0f);
    const bool extended = (rtp[0] & 0x10) != 0;
    if (extended && at + 4 <= size) at += 4 + 4 * pair(rtp + at + 2);
    return extended && at + 4 > size ? size : at;
}

}  // namespace

KeyEvents::Event KeyEvents::read(const std::uint8_t* rtp, const std::uint8_t* payload) noexcept {
    Event event;
    event.key = payload[0];
    event.marked = (rtp[1] & 0x80) != 0;
    event.number = pair(rtp + 2);
    event.timestamp = word(rtp + 4);
    event.source = word(rtp + 8);
    event.duration = pair(payload + 2);
    return event;
}

// Some set the marker on each of the packets with which a key begins: they have one timestamp.
bool KeyEvents::begins(const Event& event) const noexcept {
    return event.key != before_.key || event.duration < before_.duration ||
           (event.marked && event.timestamp != before_.timestamp);
}

void KeyEvents::tell_apart(void* packet, std::ptrdiff_t size) noexcept {
    auto* const rtp = static_cast<std::uint8_t*>(packet);
    if (size < kHeader || (rtp[1] & 0x7f) != type_.load(std::memory_order_relaxed)) return;
    const std::ptrdiff_t at = payload_at(rtp, size);
    if (size - at < kEvent) return;
    const Event event = read(rtp, rtp + at);
    const bool same_source = before_.key >= 0 && event.source == before_.source;
    const bool late = same_source && static_cast<std::int16_t>(event.number - before_.number) <= 0;
    if (late) return;  // PJSIP leaves it out
    if (begins(event)) --written_;
    before_ = event;
    rtp[at + 2] = static_cast<std::uint8_t>(written_ >> 8);
    rtp[at + 3] = static_cast<std::uint8_t>(written_ & 0xff);
}

}  // namespace media
