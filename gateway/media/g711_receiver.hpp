// SPDX-License-Identifier: GPL-3.0-or-later
// A caller's sound out of packets of G.711: whatever their length, each tick is whole, what did not come is made up for,
// and where the phone says that nobody speaks (RFC 3389) there is the noise that it describes.
//
// Both laws are understood at any time: some phones change theirs without a word.
//
// Neither allocates nor waits. Not thread-safe: the media thread's alone.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "comfort_noise.hpp"
#include "concealment.hpp"
#include "jitter_buffer.hpp"

namespace media {

class G711Receiver {
public:
    static constexpr std::size_t kTick = Concealment::kTick;

    // Whether packets of this type are understood.
    static bool takes(unsigned type) noexcept;

    // What is due, to `out`. False before there is any.
    bool tick(JitterBuffer& packets, std::int64_t now_ns, bool quiet, std::int16_t* out) noexcept;

    // Samples that were made up, because packets were lost or late.
    std::uint64_t concealed() const noexcept { return concealed_; }

private:
    static constexpr std::size_t kMostSamples = 1600;  // in a packet: 200 ms
    static constexpr std::size_t kMostPieces = 16;
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

    static Payload payload_of(const void* packet, std::size_t size) noexcept;
    static std::size_t decode(const Payload& payload, std::int16_t* out) noexcept;

    void lay_out_from(std::uint32_t due) noexcept;
    void take(const void* packet, std::size_t size) noexcept;
    void add(const std::int16_t* samples, std::size_t count, std::uint32_t timestamp) noexcept;
    void make_whole(std::size_t count, const JitterBuffer& packets) noexcept;
    void fill(std::size_t begin, std::size_t end, const std::int16_t* next, std::size_t ahead) noexcept;
    void lengthen(const JitterBuffer& packets, std::int16_t* out) noexcept;
    std::size_t look_ahead(const JitterBuffer& packets, std::size_t from, std::int16_t* next) const noexcept;

    Concealment concealment_;
    ComfortNoise noise_;
    bool began_ = false;
    std::uint16_t number_ = 0;    // of the last packet,
    std::uint32_t end_ = 0;       // and where it ended
    std::uint64_t concealed_ = 0;
    std::uint64_t made_up_ = 0;   // since that packet: the next one tells whether anything was missing
    std::uint32_t from_ = 0;      // timestamp of the first sample
    std::array<std::int16_t, 2 * kTick + kMostSamples> sound_{};  // of this tick and what came with it of later ones
    std::array<Piece, kMostPieces> pieces_{};
    std::size_t count_ = 0;       // of them
};

}  // namespace media
