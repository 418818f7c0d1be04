// SPDX-License-Identifier: GPL-3.0-or-later
#include "g711_receiver.hpp"

#include <algorithm>

#include "g711.hpp"

namespace media {

bool G711Receiver::takes(unsigned type) noexcept { return type == kPcmu || type == kPcma || type == kComfortNoise; }

bool G711Receiver::tick(JitterBuffer& packets, std::int64_t now_ns, bool quiet, std::int16_t* out) noexcept {
    lay_out_from(packets.due());
    const auto given = [this](const void* packet, std::size_t size) { take(packet, size); };
    const int ticks = packets.tick(now_ns, quiet, given, given);
    if (ticks < 0 || !began_) {
        count_ = 0;
        return false;
    }
    if (ticks == 0) {
        lengthen(packets, out);
        return true;
    }
    make_whole(static_cast<std::size_t>(ticks) * kTick, packets);
    if (ticks == 2) {
        concealment_.squeeze(sound_.data(), out);
        return true;
    }
    std::copy_n(sound_.begin(), kTick, out);
    return true;
}

// ------------------------------------------------------------------------------------------ what came

// RFC 3550 section 5.1.
G711Receiver::Payload G711Receiver::payload_of(const void* packet, std::size_t size) noexcept {
    const auto* const bytes = static_cast<const std::uint8_t*>(packet);
    constexpr std::size_t kHeader = 12;
    if (size < kHeader) return {};
    std::size_t at = kHeader + 4U * (bytes[0] & 0x0FU);
    if ((bytes[0] & 0x10) != 0) {
        if (size < at + 4) return {};
        at += 4 + 4U * static_cast<std::size_t>(bytes[at + 2] << 8 | bytes[at + 3]);
    }
    std::size_t end = size;
    if ((bytes[0] & 0x20) != 0) end -= std::min<std::size_t>(bytes[size - 1], size);
    if (at >= end) return {};
    Payload payload;
    payload.bytes = bytes + at;
    payload.size = std::min(end - at, kMostSamples);
    payload.type = bytes[1] & 0x7FU;
    payload.number = static_cast<std::uint16_t>(bytes[2] << 8 | bytes[3]);
    payload.timestamp = static_cast<std::uint32_t>(bytes[4]) << 24 | static_cast<std::uint32_t>(bytes[5]) << 16 |
                        static_cast<std::uint32_t>(bytes[6]) << 8 | bytes[7];
    return payload;
}

std::size_t G711Receiver::decode(const Payload& payload, std::int16_t* out) noexcept {
    if (payload.type != kPcmu && payload.type != kPcma) return 0;
    const CodeLevels& levels = payload.type == kPcma ? kAlaw : kUlaw;
    for (std::size_t i = 0; i < payload.size; ++i) out[i] = levels[payload.bytes[i]];
    return payload.size;
}

void G711Receiver::take(const void* packet, std::size_t size) noexcept {
    const Payload payload = payload_of(packet, size);
    if (payload.size == 0) return;
    // Where only time has passed nothing was missing: the phone did not send its silence.
    const bool next = payload.number == static_cast<std::uint16_t>(number_ + 1);
    if (!next || payload.timestamp == end_) concealed_ += made_up_;
    made_up_ = 0;
    number_ = payload.number;
    end_ = payload.timestamp;
    if (payload.type == kComfortNoise) return noise_.describe(payload.bytes, payload.size);
    noise_.stop();
    began_ = true;
    Packet samples;
    const std::size_t count = decode(payload, samples.data());
    end_ += static_cast<std::uint32_t>(count);
    add(samples.data(), count, payload.timestamp);
}

// ------------------------------------------------------------------------------------------ where it belongs

// What was left of packets moves to where this tick begins.
void G711Receiver::lay_out_from(std::uint32_t due) noexcept {
    const auto passed = static_cast<std::int32_t>(due - from_);
    from_ = due;
    if (passed == 0 || count_ == 0) return;
    const Piece left{pieces_[0].begin, pieces_[count_ - 1].end};
    Packet rest;
    const std::size_t length = std::min(left.end - left.begin, kMostSamples);
    std::copy_n(sound_.begin() + static_cast<std::ptrdiff_t>(left.begin), length, rest.begin());
    count_ = 0;
    add(rest.data(), length, due + static_cast<std::uint32_t>(static_cast<std::int32_t>(left.begin) - passed));
}

void G711Receiver::add(const std::int16_t* samples, std::size_t count, std::uint32_t timestamp) noexcept {
    const auto place = static_cast<std::ptrdiff_t>(static_cast<std::int32_t>(timestamp - from_));
    const std::ptrdiff_t here = count_ == 0 ? 0 : static_cast<std::ptrdiff_t>(pieces_[count_ - 1].end);
    const std::ptrdiff_t begin = std::max(place, here);
    const std::ptrdiff_t end = std::min(place + static_cast<std::ptrdiff_t>(count), static_cast<std::ptrdiff_t>(sound_.size()));
    if (begin >= end || count_ == kMostPieces) return;
    std::copy_n(samples + (begin - place), end - begin, sound_.begin() + begin);
    pieces_[count_++] = Piece{static_cast<std::size_t>(begin), static_cast<std::size_t>(end)};
}

// So many samples, with nothing missing; what came of later ticks is kept.
void G711Receiver::make_whole(std::size_t count, const JitterBuffer& packets) noexcept {
    std::size_t here = 0;
    std::size_t done = 0;  // pieces
    for (; done < count_ && pieces_[done].begin < count; ++done) {
        const Piece& piece = pieces_[done];
        fill(here, piece.begin, sound_.data() + piece.begin, piece.end - piece.begin);
        here = std::min(piece.end, count);
        concealment_.heard(sound_.data() + piece.begin, here - piece.begin);
        if (piece.end > count) break;
    }
    if (here < count) {
        Packet next;
        const std::size_t ahead = look_ahead(packets, count, next.data());
        fill(here, count, ahead > 0 ? next.data() : nullptr, ahead);
    }
    if (done < count_) pieces_[done].begin = std::max(pieces_[done].begin, count);
    std::copy(pieces_.begin() + static_cast<std::ptrdiff_t>(done), pieces_.begin() + static_cast<std::ptrdiff_t>(count_), pieces_.begin());
    count_ -= done;
}

// ------------------------------------------------------------------------------------------ what did not come

void G711Receiver::fill(std::size_t begin, std::size_t end, const std::int16_t* next, std::size_t ahead) noexcept {
    if (begin >= end) return;
    std::int16_t* const hole = sound_.data() + begin;
    if (noise_.on()) {
        noise_.make(hole, end - begin);
        return concealment_.heard(hole, end - begin);
    }
    if (!concealment_.silent()) made_up_ += end - begin;
    concealment_.fill(hole, end - begin, next, ahead);
}

// A tick more, between what was said and what comes next.
void G711Receiver::lengthen(const JitterBuffer& packets, std::int16_t* out) noexcept {
    if (noise_.on()) {
        noise_.make(out, kTick);
        return concealment_.heard(out, kTick);
    }
    Packet next;
    const std::size_t ahead = look_ahead(packets, 0, next.data());
    concealment_.fill(out, kTick, ahead > 0 ? next.data() : nullptr, ahead);
}

// What is known of the sound from there on; 0 if nothing is.
std::size_t G711Receiver::look_ahead(const JitterBuffer& packets, std::size_t from, std::int16_t* next) const noexcept {
    if (count_ > 0 && pieces_[0].begin <= from && pieces_[count_ - 1].end > from) {
        const std::size_t ahead = std::min(pieces_[count_ - 1].end - from, kMostSamples);
        std::copy_n(sound_.begin() + static_cast<std::ptrdiff_t>(from), ahead, next);
        return ahead;
    }
    std::size_t ahead = 0;
    packets.peek([&](const void* packet, std::size_t size) {
        const Payload payload = payload_of(packet, size);
        if (payload.timestamp == from_ + static_cast<std::uint32_t>(from)) ahead = decode(payload, next);
    });
    return ahead;
}

}  // namespace media
