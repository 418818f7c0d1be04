// SPDX-License-Identifier: GPL-3.0-or-later
// Sound that waits to be played, in about half of its bytes and without loss: models send their answers faster than they
// are heard, and what waits of them is the largest part of what a call has in memory.
//
// A sample is told by how far it is from the straight line through the two before it (FLAC's fixed predictor of the
// second order, RFC 9639 section 9.2.5), modulo 2^16, and sixteen such numbers are written in as many bits as the
// largest of them needs. At 24 kHz most of a voice is so low that they are small.
//
// Not thread-safe: packed by one thread, handed over, taken by another. `take` neither allocates nor waits, and what it has
// taken is free for other sounds at once.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "sound_blocks.hpp"

namespace media {

class PackedSound {
public:
    PackedSound() noexcept = default;
    // Of so many samples, PCM16 as the processor has it. Throws std::bad_alloc.
    PackedSound(const char* pcm, std::size_t count);

    // Samples that were not taken yet.
    std::size_t left() const noexcept { return size_ - position_; }
    // Takes the next ones, at most as many as are left.
    void take(std::int16_t* out, std::size_t count) noexcept;
    // Where the next ones are, a byte of each in the mean.
    const std::uint8_t* next() const noexcept { return next_; }
    // Where they go on behind this many, if not in one piece.
    const std::uint8_t* next_behind(std::size_t count) const noexcept;

private:
    // The last sample, and how far it is from the one before; of both the lower 16 bits.
    struct Line {
        std::uint32_t last = 0, step = 0;
    };
    struct Free {
        void operator()(SoundBlock* blocks) const noexcept { SoundBlocks::give_back(blocks); }
    };

    Line unpack(std::int16_t* out) const noexcept;
    void begin_block() noexcept;
    void leave_block() noexcept;

    std::unique_ptr<SoundBlock, Free> blocks_;  // of each sixteen samples: a byte with the bits of one, and theirs
    std::size_t size_ = 0;
    std::size_t position_ = 0;
    const std::uint8_t* next_ = nullptr;  // where the samples begin of which the next one is
    const std::uint8_t* end_ = nullptr;   // of this block's
    Line line_;             // before those
};

}  // namespace media
