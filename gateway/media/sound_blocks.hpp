// SPDX-License-Identifier: GPL-3.0-or-later
// Memory for sound that waits to be played, in small blocks that all calls share: what one call has played is free for
// the next answer, of whichever call, long before the answer is over. Without them an answer's pages came new from the
// system, each for some microseconds, and stayed until its last word.
//
// Blocks are taken by threads that may wait, and given back by any thread, which waits for nothing (`handover.hpp`): the
// media clock does so in the middle of a tick.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace media {

struct SoundBlock {
    // Two kilobytes with what malloc(3) notes in front of it: 80 ms of a voice.
    static constexpr std::size_t kBytes = 2048 - sizeof(std::size_t) - 2 * sizeof(void*);

    SoundBlock* next = nullptr;         // of the same sound; whoever has it free links it here
    const std::uint8_t* end = nullptr;  // of what is written
    std::array<std::uint8_t, kBytes> bytes;
};

class SoundBlocks {
public:
    // Free blocks that are kept: as many as are in use, and so many at least.
    static constexpr std::size_t kLeastKept = 128;

    // A block for whoever may wait. Throws std::bad_alloc.
    static SoundBlock* take();
    // Any thread. A list linked by `next`.
    static void give_back(SoundBlock* blocks) noexcept;
    // Frees what is kept beyond that. For whoever may wait, now and then.
    static void tidy() noexcept;
};

}  // namespace media
