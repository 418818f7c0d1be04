// SPDX-License-Identifier: GPL-3.0-or-later
// The thread that brings callers' audio to their models, for all calls, woken by the media clock; and hears what models
// say, where Python does not. It is not the clock's own: a network may take its time, and packets to callers may not
// wait for that.
//
// What the clock has for Python is told after our turn, together with what models have said: a process that sleeps is
// woken once.

#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "model_link.hpp"
#include "roster.hpp"

namespace media {

class ModelLinks {
public:
    ModelLinks() = default;
    ~ModelLinks();
    ModelLinks(const ModelLinks&) = delete;
    ModelLinks& operator=(const ModelLinks&) = delete;

    // Python's thread; the first starts ours. See ModelLink. Throws std::system_error.
    std::shared_ptr<ModelLink> link(int socket, std::shared_ptr<SecureSocket> secure);
    // Media thread: a tick is over, with audio of callers, or with what Python is to be told by `bell` (-1: nothing).
    // False if that is left to whoever asks: there are no links.
    bool tick(bool audio, int bell) noexcept;

private:
    void run() noexcept;
    void turn(AppendFrame& frame) noexcept;

    Roster<ModelLink> links_;
    const std::shared_ptr<ModelLink::Count> open_ = std::make_shared<ModelLink::Count>(0);
    const std::shared_ptr<LinkNews> news_ = std::make_shared<LinkNews>();
    std::atomic<bool> wakeable_{true};  // nobody has woken the thread since it began to look
    std::atomic<bool> stopping_{false};
    std::atomic<int> bell_{-1};
    // The thread's own:
    bool ringing_ = false;  // links have something to tell
    bool waiting_ = false;  // some will have, a little later
    std::thread thread_;
};

}  // namespace media
