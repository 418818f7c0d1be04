// SPDX-License-Identifier: GPL-3.0-or-later
// What a plane and its ports share: who has his turn at a tick, and what wakes asyncio.

#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <system_error>

#include "channel.hpp"
#include "join.hpp"
#include "model_links.hpp"
#include "pace.hpp"
#include "roster.hpp"
#include "rtp_stream.hpp"

namespace media {

// The bell, the descriptor that wakes asyncio, the rosters. Only `speak`, `run_streams`, `mix`,
// `begin_tick` and `end_tick` run on the media thread.
struct Core {
    Core() : wake_fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        if (wake_fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    ~Core() { close(wake_fd); }
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    // A tick, due then, begins with what is said to those who wait for nobody: what there is to hear and to do besides, which is
    // never the same, moves no packet of theirs. Then all callers are heard, then legs that are joined hear each other,
    // and are spoken to.
    void begin_tick() noexcept;
    void speak(std::int64_t due_ns, bool paced) noexcept;
    void run_streams() noexcept;
    void mix() noexcept;
    void end_tick() noexcept;
    // The media thread: whether nobody has turns. A stream, and whoever is joined, has a channel before, and after.
    bool empty() const noexcept { return channels.empty() && streams->empty() && joins.empty(); }

    const std::shared_ptr<Bell> bell = std::make_shared<Bell>();
    const std::shared_ptr<Roster<RtpStream>> streams = std::make_shared<Roster<RtpStream>>();
    Roster<Channel> channels;
    ModelLinks links;
    Pace pace;  // the media thread's own
    Roster<Join> joins;
    const int wake_fd;
    std::atomic<bool> ticking{false};
    std::atomic<unsigned> wake_every{1};  // ticks, for audio
    std::atomic<unsigned> silence{1};     // ticks of it that a link sends together, of ports to come

private:
    bool brings_to_models() noexcept;
    using Ring = ModelLinks::Ring;
    Ring rung() noexcept;

    // The media thread's own:
    std::int64_t next_ns_ = 0;  // when the next tick is due; 0: nobody knows
    unsigned ticks_ = 0;      // since the last wake-up
    unsigned unbrought_ = 0;  // since the models' links were woken
    std::size_t legs_ = 0;    // that were spoken to in the last tick
};

}  // namespace media
