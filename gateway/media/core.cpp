// SPDX-License-Identifier: GPL-3.0-or-later
// The end of a tick: what every channel does then, and whether asyncio is woken.

#include "core.hpp"

#include <algorithm>

namespace media {

void Core::join(Channel* channel) {
    const std::lock_guard guard(mutex_);
    roster_.push_back(channel);
}

void Core::leave(Channel* channel) {
    const std::lock_guard guard(mutex_);
    roster_.erase(std::remove(roster_.begin(), roster_.end(), channel), roster_.end());
}

// Where Python is just changing the roster, a flush of a call on hold waits one tick more.
void Core::end_tick() noexcept {
    if (mutex_.try_lock()) {
        for (Channel* channel : roster_) channel->end_tick();
        mutex_.unlock();
    }
    if (!rung()) return;
    const std::uint64_t once = 1;
    // Full is impossible, and a wake-up that waits already is as good as another.
    [[maybe_unused]] const ssize_t written = write(wake_fd, &once, sizeof once);
}

// A report wakes at once, audio in its turn.
bool Core::rung() noexcept {
    ++ticks_;
    const bool report = bell->report.exchange(false, std::memory_order_relaxed);
    if (!report && ticks_ < wake_every.load(std::memory_order_relaxed)) return false;
    const bool audio = bell->audio.exchange(false, std::memory_order_relaxed);
    if (!report && !audio) return false;
    ticks_ = 0;
    return true;
}

}  // namespace media
