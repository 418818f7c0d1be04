// SPDX-License-Identifier: GPL-3.0-or-later
// A caller's sound out of packets of a codec that codes sample by sample: whatever the packets' length, each tick is
// whole, what did not come is made up for, and where the phone says that nobody speaks (RFC 3389) there is the noise
// that it describes.
//
// A `Decoder` has `kTimes`, its rate in 8 kHz; `kClock`, timestamps a second; `takes(type)`; and `decode(type, bytes,
// size, out)`, which writes no more than `kMostSamples` and returns how many. It is given each packet once, in order.
// One that `kRestores` makes up for lost sound itself, `most_restored()` samples in a row: `restore(next, size, out,
// count)`, out of the bytes of the packet that follows, if that is here and of a type that `carries` such; it returns how
// many samples it made.
//
// Neither allocates nor waits. Not thread-safe: the media thread's alone.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "comfort_noise.hpp"
#include "concealment.hpp"
#include "jitter_buffer.hpp"
#include "sound_receiver.hpp"

namespace media {

template <typename Decoder>
class SampleReceiver final : public SoundReceiver {
public:
    static constexpr std::size_t kTimes = Decoder::kTimes;
    static constexpr std::size_t kTick = ConcealmentAt<kTimes>::kTick;

    explicit SampleReceiver(Decoder decoder = Decoder()) : decoder_(std::move(decoder)) {}

    bool takes(unsigned type) const noexcept override { return type == kComfortNoise || decoder_.takes(type); }
    bool tick(JitterBuffer& packets, std::int64_t now_ns, bool quiet, std::int16_t* out) noexcept override;
    std::uint64_t concealed_us() const noexcept override { return concealed_ * 125 / kTimes; }
    void expect() const noexcept override {
        concealment_.expect();
        fetch_between(&noise_, sound_.data() + 2 * kTick);
        fetch_between(&count_, ahead_.samples.data());
        fetch(pieces_.data());
    }

private:
    static constexpr std::size_t kMostBytes = 1600;  // in a packet: 200 ms of G.711
    static constexpr std::size_t kMostSamples = kMostBytes * kTimes;
    static constexpr std::size_t kMostPieces = 16;
    static constexpr std::ptrdiff_t kRate = 8000 * kTimes;
    static constexpr std::ptrdiff_t kClock = Decoder::kClock;
    static constexpr std::ptrdiff_t kMostCarried = kRate / 10;   // whose end a packet may carry that follows
    using Packet = std::array<std::int16_t, kMostSamples>;

    struct Payload {
        const std::uint8_t* bytes = nullptr;
        std::size_t size = 0;
        unsigned type = 0;
        std::uint16_t number = 0;
        std::uint32_t timestamp = 0;
    };
    // A part of `sound_` that came.
    struct Piece {
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    // A packet that was decoded before its time, to see what follows a gap.
    struct Ahead {
        std::uint16_t number = 0;
        std::uint32_t timestamp = 0;
        std::size_t count = 0;  // 0: there is none
        Packet samples;
    };

    static Payload payload_of(const void* packet, std::size_t size) noexcept;
    std::size_t decode(const Payload& payload, std::int16_t* out) noexcept;

    void lay_out_from(std::uint32_t due) noexcept;
    void take(const void* packet, std::size_t size) noexcept;
    void add(const std::int16_t* samples, std::size_t count, std::ptrdiff_t place) noexcept;
    void make_whole(std::size_t count, const JitterBuffer& packets) noexcept;
    void fill(std::size_t begin, std::size_t end, const std::int16_t* next, std::size_t ahead) noexcept;
    void lengthen(const JitterBuffer& packets, std::int16_t* out) noexcept;
    std::size_t look_ahead(const JitterBuffer& packets, std::size_t from, std::int16_t* next) noexcept;
    void restore(std::uint32_t until, const Payload& next) noexcept;
    void restore_tick(std::size_t count, const JitterBuffer& packets) noexcept;
    static std::ptrdiff_t samples(std::uint32_t timestamps) noexcept {
        return static_cast<std::ptrdiff_t>(static_cast<std::int32_t>(timestamps)) * kRate / kClock;
    }
    static std::uint32_t timestamps(std::size_t samples) noexcept {
        return static_cast<std::uint32_t>(static_cast<std::ptrdiff_t>(samples) * kClock / kRate);
    }

    Decoder decoder_;
    ConcealmentAt<kTimes> concealment_;
    ComfortNoise noise_;
    bool began_ = false;
    std::uint16_t number_ = 0;    // of the last packet,
    std::uint32_t end_ = 0;       // and where it ended
    std::uint32_t decoded_ = 0;   // where what the decoder made last ended
    std::uint64_t concealed_ = 0;
    std::uint64_t made_up_ = 0;   // since that packet: the next one tells whether anything was missing
    std::uint32_t from_ = 0;      // timestamp of the first sample
    std::array<std::int16_t, 2 * kTick + kMostSamples> sound_{};  // of this tick and what came with it of later ones
    std::array<Piece, kMostPieces> pieces_{};
    std::size_t count_ = 0;       // of them
    Ahead ahead_;
};

// ------------------------------------------------------------------------------------ implementation

template <typename Decoder>
bool SampleReceiver<Decoder>::tick(JitterBuffer& packets, std::int64_t now_ns, bool quiet, std::int16_t* out) noexcept {
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
    restore_tick(static_cast<std::size_t>(ticks) * kTick, packets);
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
template <typename Decoder>
auto SampleReceiver<Decoder>::payload_of(const void* packet, std::size_t size) noexcept -> Payload {
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
    payload.size = std::min(end - at, kMostBytes);
    payload.type = bytes[1] & 0x7FU;
    payload.number = static_cast<std::uint16_t>(bytes[2] << 8 | bytes[3]);
    payload.timestamp = static_cast<std::uint32_t>(bytes[4]) << 24 | static_cast<std::uint32_t>(bytes[5]) << 16 |
                        static_cast<std::uint32_t>(bytes[6]) << 8 | bytes[7];
    return payload;
}

template <typename Decoder>
std::size_t SampleReceiver<Decoder>::decode(const Payload& payload, std::int16_t* out) noexcept {
    if (ahead_.count > 0 && ahead_.number == payload.number && ahead_.timestamp == payload.timestamp) {
        std::copy_n(ahead_.samples.begin(), ahead_.count, out);
        return std::exchange(ahead_.count, 0);
    }
    const std::size_t count = decoder_.takes(payload.type) ? decoder_.decode(payload.type, payload.bytes, payload.size, out) : 0;
    decoded_ = payload.timestamp + timestamps(count);
    return count;
}

template <typename Decoder>
void SampleReceiver<Decoder>::take(const void* packet, std::size_t size) noexcept {
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
    restore(payload.timestamp, payload);
    began_ = true;
    Packet decoded;
    const std::size_t count = decode(payload, decoded.data());
    end_ += timestamps(count);
    add(decoded.data(), count, samples(payload.timestamp - from_));
}

// ------------------------------------------------------------------------------------------ where it belongs

// What was left of packets moves to where this tick begins.
template <typename Decoder>
void SampleReceiver<Decoder>::lay_out_from(std::uint32_t due) noexcept {
    const std::ptrdiff_t passed = samples(due - from_);
    from_ = due;
    if (passed == 0 || count_ == 0) return;
    const Piece left{pieces_[0].begin, pieces_[count_ - 1].end};
    Packet rest;
    const std::size_t length = std::min(left.end - left.begin, kMostSamples);
    std::copy_n(sound_.begin() + static_cast<std::ptrdiff_t>(left.begin), length, rest.begin());
    count_ = 0;
    add(rest.data(), length, static_cast<std::ptrdiff_t>(left.begin) - passed);
}

template <typename Decoder>
void SampleReceiver<Decoder>::add(const std::int16_t* samples, std::size_t count, std::ptrdiff_t place) noexcept {
    const std::ptrdiff_t here = count_ == 0 ? 0 : static_cast<std::ptrdiff_t>(pieces_[count_ - 1].end);
    const std::ptrdiff_t begin = std::max(place, here);
    const std::ptrdiff_t end = std::min(place + static_cast<std::ptrdiff_t>(count), static_cast<std::ptrdiff_t>(sound_.size()));
    if (begin >= end || count_ == kMostPieces) return;
    std::copy_n(samples + (begin - place), end - begin, sound_.begin() + begin);
    pieces_[count_++] = Piece{static_cast<std::size_t>(begin), static_cast<std::size_t>(end)};
}

// So many samples, with nothing missing; what came of later ticks is kept.
template <typename Decoder>
void SampleReceiver<Decoder>::make_whole(std::size_t count, const JitterBuffer& packets) noexcept {
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

template <typename Decoder>
void SampleReceiver<Decoder>::fill(std::size_t begin, std::size_t end, const std::int16_t* next, std::size_t ahead) noexcept {
    if (begin >= end) return;
    std::int16_t* const hole = sound_.data() + begin;
    if (noise_.on()) {
        noise_.make(hole, end - begin);
        return concealment_.heard(hole, end - begin);
    }
    if (!concealment_.silent()) made_up_ += end - begin;
    concealment_.fill(hole, end - begin, next, ahead);
}

// With the codec itself, from where it is up to there; `next`: what follows, if that is here.
template <typename Decoder>
void SampleReceiver<Decoder>::restore(std::uint32_t until, const Payload& next) noexcept {
    if constexpr (Decoder::kRestores) {
        const std::ptrdiff_t gap = samples(until - decoded_);
        const auto left = static_cast<std::ptrdiff_t>(decoder_.most_restored()) - static_cast<std::ptrdiff_t>(made_up_);
        if (!began_ || noise_.on() || gap <= 0 || gap > left) return;
        Packet made;
        const bool carried = gap <= kMostCarried && decoder_.carries(next.type);
        const std::size_t wanted = std::min(static_cast<std::size_t>(gap), kMostSamples);
        const std::size_t count = decoder_.restore(carried ? next.bytes : nullptr, next.size, made.data(), wanted);
        add(made.data(), count, samples(decoded_ - from_));
        decoded_ += timestamps(count);
        made_up_ += count;
    }
}

// What is missing of this tick; all up to the next packet, where that is here.
template <typename Decoder>
void SampleReceiver<Decoder>::restore_tick(std::size_t count, const JitterBuffer& packets) noexcept {
    if constexpr (Decoder::kRestores) {
        const std::uint32_t end = from_ + timestamps(count);
        if (samples(end - decoded_) <= 0) return;
        Payload next;
        packets.peek([&](const void* packet, std::size_t size) { next = payload_of(packet, size); });
        const std::ptrdiff_t ahead = samples(next.timestamp - decoded_);
        const bool follows = next.size > 0 && ahead > 0 && ahead <= static_cast<std::ptrdiff_t>(kMostSamples);
        restore(follows ? next.timestamp : end, follows && decoder_.takes(next.type) ? next : Payload{});
    }
}

// A tick more, between what was said and what comes next.
template <typename Decoder>
void SampleReceiver<Decoder>::lengthen(const JitterBuffer& packets, std::int16_t* out) noexcept {
    if (noise_.on()) {
        noise_.make(out, kTick);
        return concealment_.heard(out, kTick);
    }
    Packet next;
    const std::size_t ahead = look_ahead(packets, 0, next.data());
    concealment_.fill(out, kTick, ahead > 0 ? next.data() : nullptr, ahead);
}

// What is known of the sound from there on; 0 if nothing is.
template <typename Decoder>
std::size_t SampleReceiver<Decoder>::look_ahead(const JitterBuffer& packets, std::size_t from, std::int16_t* next) noexcept {
    if (count_ > 0 && pieces_[0].begin <= from && pieces_[count_ - 1].end > from) {
        const std::size_t ahead = std::min(pieces_[count_ - 1].end - from, kMostSamples);
        std::copy_n(sound_.begin() + static_cast<std::ptrdiff_t>(from), ahead, next);
        return ahead;
    }
    packets.peek([&](const void* packet, std::size_t size) {
        const Payload payload = payload_of(packet, size);
        if (payload.size == 0 || samples(payload.timestamp - from_) != static_cast<std::ptrdiff_t>(from)) return;
        ahead_.count = decode(payload, ahead_.samples.data());
        ahead_.number = payload.number;
        ahead_.timestamp = payload.timestamp;
    });
    if (ahead_.count == 0 || samples(ahead_.timestamp - from_) != static_cast<std::ptrdiff_t>(from)) return 0;
    std::copy_n(ahead_.samples.begin(), ahead_.count, next);
    return ahead_.count;
}

}  // namespace media
