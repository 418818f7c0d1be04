// SPDX-License-Identifier: GPL-3.0-or-later
#include "sound_blocks.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "handover.hpp"

namespace media {
namespace {

Handover<SoundBlock> given_back;

// Under the lock.
std::mutex mutex;
SoundBlock* free_blocks = nullptr;
std::size_t free_count = 0;
std::size_t made = 0;

void collect() noexcept {
    for (SoundBlock* block = given_back.take(); block != nullptr; ++free_count) {
        SoundBlock* const next = std::exchange(block->next, free_blocks);
        free_blocks = std::exchange(block, next);
    }
    while (free_count > std::max(SoundBlocks::kLeastKept, made - free_count)) {
        delete std::exchange(free_blocks, free_blocks->next);
        --free_count;
        --made;
    }
}

}  // namespace

SoundBlock* SoundBlocks::take() {
    const std::lock_guard guard(mutex);
    collect();
    if (free_blocks == nullptr) {
        auto* const block = new SoundBlock;
        ++made;
        return block;
    }
    --free_count;
    SoundBlock* const block = std::exchange(free_blocks, free_blocks->next);
    block->next = nullptr;
    return block;
}

void SoundBlocks::give_back(SoundBlock* blocks) noexcept {
    while (blocks != nullptr) given_back.push(std::exchange(blocks, blocks->next));
}

void SoundBlocks::tidy() noexcept {
    const std::lock_guard guard(mutex);
    collect();
}

}  // namespace media
