// SPDX-License-Identifier: GPL-3.0-or-later
// What a plane and its ports share: the roster of channels, and what wakes asyncio.

#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <system_error>
#include <vector>

#include "channel.hpp"

namespace media {

// The bell, the descriptor that wakes asyncio, the roster. Only `end_tick` runs on the media thread.
struct Core {
    Core() : wake_fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        if (wake_fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    ~Core() { close(wake_fd); }
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    void join(Channel* channel);
    void leave(Channel* channel);
    void end_tick() noexcept;

    const std::shared_ptr<Bell> bell = std::make_shared<Bell>();
    const int wake_fd;
    std::atomic<bool> ticking{false};
    std::atomic<unsigned> wake_every{1};  // ticks, for audio

private:
    bool rung() noexcept;

    unsigned ticks_ = 0;  // since the last wake-up; the media thread's own
    std::mutex mutex_;    // the media thread only tries it
    std::vector<Channel*> roster_;
};

}  // namespace media
