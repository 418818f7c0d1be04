// SPDX-License-Identifier: GPL-3.0-or-later
// The thread that brings callers' audio to their models, for all calls, woken by the media clock. It is not the
// clock's own: a network may take its time, and packets to callers may not wait for that.

#pragma once

#include <semaphore.h>

#include <atomic>
#include <memory>
#include <thread>

#include "model_link.hpp"
#include "roster.hpp"

namespace media {

class ModelLinks {
public:
    ModelLinks() { sem_init(&wake_, 0, 0); }
    ~ModelLinks();
    ModelLinks(const ModelLinks&) = delete;
    ModelLinks& operator=(const ModelLinks&) = delete;

    // Python's thread; the first starts ours. See ModelLink. Throws std::system_error.
    std::shared_ptr<ModelLink> link(int socket, std::shared_ptr<SecureSocket> secure);
    // Media thread: a tick of caller audio is there.
    void wake() noexcept;

private:
    void run() noexcept;

    Roster<ModelLink> links_;
    const std::shared_ptr<ModelLink::Count> open_ = std::make_shared<ModelLink::Count>(0);
    std::atomic<bool> wakeable_{true};  // nobody has woken the thread since it began to look
    std::atomic<bool> stopping_{false};
    sem_t wake_;
    std::thread thread_;
};

}  // namespace media
