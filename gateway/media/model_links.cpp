// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_links.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <memory>
#include <utility>

#include "priority.hpp"

namespace media {

ModelLinks::~ModelLinks() {
    if (thread_.joinable()) {
        stopping_ = true;
        sem_post(&wake_);
        thread_.join();
    }
    sem_destroy(&wake_);
}

std::shared_ptr<ModelLink> ModelLinks::link(int socket, std::shared_ptr<SecureSocket> secure) {
    auto link = std::make_shared<ModelLink>(socket, std::move(secure), open_);
    links_.join(link);
    if (!thread_.joinable()) thread_ = std::thread(&ModelLinks::run, this);
    return link;
}

// Once is enough for a thread that is late.
void ModelLinks::wake() noexcept {
    if (open_->load(std::memory_order_relaxed) > 0 && wakeable_.exchange(false)) sem_post(&wake_);
}

void ModelLinks::run() noexcept {
    pthread_setname_np(pthread_self(), "model-links");
    leave_signals_to_others();
    setpriority(PRIO_PROCESS, 0, -10);  // Linux: of this thread alone, if we may; behind the clock, before Python
    const auto frame = std::make_unique<AppendFrame>();
    while (!stopping_) {
        while (sem_wait(&wake_) != 0) {
            // A debugger's signal.
        }
        wakeable_ = true;
        links_.review();
        links_.each([&](ModelLink& link) { link.turn(*frame); });
    }
}

}  // namespace media
