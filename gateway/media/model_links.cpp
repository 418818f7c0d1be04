// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_links.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "monotonic.hpp"
#include "priority.hpp"

namespace media {
namespace {

constexpr std::size_t kReadAtOnce = 64 * 1024;
constexpr int kTickMs = 20;

void ring(int bell) noexcept {
    const std::uint64_t once = 1;
    [[maybe_unused]] const ssize_t written = ::write(bell, &once, sizeof once);
}

}  // namespace

ModelLinks::~ModelLinks() {
    if (thread_.joinable()) {
        stopping_ = true;
        news_->wake();
        thread_.join();
    }
}

std::shared_ptr<ModelLink> ModelLinks::link(int socket, std::shared_ptr<SecureSocket> secure) {
    auto link = std::make_shared<ModelLink>(socket, std::move(secure), open_, news_);
    links_.join(link);
    if (!thread_.joinable()) thread_ = std::thread(&ModelLinks::run, this);
    return link;
}

// Once is enough for a thread that is late.
bool ModelLinks::tick(bool audio, int bell) noexcept {
    if (open_->load(std::memory_order_relaxed) == 0) return false;
    if (bell >= 0) bell_.store(bell, std::memory_order_release);
    if ((audio || bell >= 0) && wakeable_.exchange(false)) news_->wake();
    return true;
}

void ModelLinks::run() noexcept {
    pthread_setname_np(pthread_self(), "model-links");
    leave_signals_to_others();
    setpriority(PRIO_PROCESS, 0, -10);  // Linux: of this thread alone, if we may; behind the clock, before Python
    const auto frame = std::make_unique<AppendFrame>();
    const auto read = std::make_unique<char[]>(kReadAtOnce);
    LinkNews::Ready ready;
    while (!stopping_) {
        const int count = news_->wait(ready, waiting_ ? kTickMs : -1);
        bool ticked = count == 0;
        // First, and before anybody leaves the roster: who is ready may have been closed meanwhile.
        for (int i = 0; i < count; ++i) {
            auto* const link = static_cast<ModelLink*>(ready[static_cast<std::size_t>(i)].data.ptr);
            if (link == nullptr) {
                ticked = true;
            } else if (link->hear(read.get(), kReadAtOnce)) {
                news_->add(link->shared_from_this());
                ringing_ = true;
            } else {
                waiting_ = waiting_ || link->waits();
            }
        }
        if (ticked) turn(*frame);
        if (std::exchange(ringing_, false)) news_->ring();
    }
}

void ModelLinks::turn(AppendFrame& frame) noexcept {
    wakeable_ = true;
    links_.review();
    waiting_ = false;
    const std::int64_t now = now_ns();
    links_.each([&](ModelLink& link) {
        link.turn(frame);
        if (link.due(now)) {
            news_->add(link.shared_from_this());
            ringing_ = true;
        }
        waiting_ = waiting_ || link.waits();
    });
    if (const int bell = bell_.exchange(-1, std::memory_order_acquire); bell >= 0) ring(bell);
}

}  // namespace media
