// SPDX-License-Identifier: GPL-3.0-or-later
// The thread that brings callers' audio to their models, for all calls, woken by the media clock; and hears what models
// say, where Python does not. It is not the clock's own: a network may take its time, and packets to callers may not
// wait for that.
//
// What the clock has for Python is told together with what models have said, at a moment before the next tick
// (`tell_moment.hpp`): a process that sleeps is woken once, and only if somebody waits for any of it, or it has waited long
// enough (`wake_up.hpp`).

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "model_link.hpp"
#include "roster.hpp"
#include "tell_moment.hpp"
#include "wake_up.hpp"

namespace media {

class ModelLinks {
public:
    // How soon the clock's bell is to be rung.
    enum class Ring : std::uint8_t { none = 0, later = 1, soon = 2, now = 4 };

    ModelLinks() = default;
    ~ModelLinks();
    ModelLinks(const ModelLinks&) = delete;
    ModelLinks& operator=(const ModelLinks&) = delete;

    // Python's thread; the first starts ours. See ModelLink. Throws std::system_error.
    std::shared_ptr<ModelLink> link(int socket, std::shared_ptr<SecureSocket> secure);
    // Media thread: a tick is over, with audio of callers, or with what Python is to be told by `bell`: `now`, `soon`, at
    // the moment at which it is told what models say, or `later`, when nobody waits for it. `next_ns`: when the next tick
    // is due. False if the bell is left to whoever asks: there are no links.
    bool tick(bool audio, int bell, Ring ring, std::int64_t next_ns) noexcept;

private:
    void run() noexcept;
    void turn(AppendFrame& frame) noexcept;
    void take_rings() noexcept;
    bool hear(const LinkNews::Ready& ready, int count, char* into) noexcept;
    void tell() noexcept;
    void ring() noexcept;
    void ring_bell() noexcept;

    Roster<ModelLink> links_;
    const std::shared_ptr<ModelLink::Count> open_ = std::make_shared<ModelLink::Count>(0);
    const std::shared_ptr<LinkNews> news_ = std::make_shared<LinkNews>();
    std::atomic<bool> wakeable_{true};  // nobody has woken the thread since it began to look
    std::atomic<bool> stopping_{false};
    std::atomic<int> bell_{-1};
    std::atomic<unsigned> rings_{0};  // of the bell, since the thread has looked
    std::atomic<std::int64_t> next_ns_{0};
    // The thread's own:
    WakeUp wake_up_;
    bool bell_rings_ = false;  // when Python is woken
    TellMoment tell_moment_;
    std::int64_t moment_ = 0;  // until which nothing is read or told; 0: none
    std::thread thread_;
};

}  // namespace media
