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
bool ModelLinks::tick(bool audio, int bell, bool now, std::int64_t next_ns) noexcept {
    if (open_->load(std::memory_order_relaxed) == 0) return false;
    next_ns_.store(next_ns, std::memory_order_relaxed);
    if (now) rings_now_.store(true, std::memory_order_relaxed);
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
        const bool rests = moment_ != 0;
        bool ticked = rests && !news_->rest(std::exchange(moment_, 0));
        if (!ticked) {
            const int count = news_->wait(ready, rests ? 0 : waiting_ ? kTickMs : -1);
            // First, and before anybody leaves the roster: who is ready may have been closed meanwhile.
            ticked = hear(ready, count, read.get()) || (count == 0 && !rests);
        }
        if (ticked) turn(*frame);
        if (moment_ == 0) tell();
    }
}

// Returns whether the clock has ticked.
bool ModelLinks::hear(const LinkNews::Ready& ready, int count, char* into) noexcept {
    bool ticked = false;
    for (int i = 0; i < count; ++i) {
        auto* const link = static_cast<ModelLink*>(ready[static_cast<std::size_t>(i)].data.ptr);
        if (link == nullptr) {
            ticked = true;
            continue;
        }
        tell_moment_.came(now_ns());
        if (link->hear(into, kReadAtOnce)) {
            news_->add(link->shared_from_this());
            ringing_ = true;
        } else {
            waiting_ = waiting_ || link->waits();
        }
    }
    return ticked;
}

void ModelLinks::turn(AppendFrame& frame) noexcept {
    wakeable_ = true;
    links_.admit();
    waiting_ = false;
    const std::int64_t began = now_ns();
    const auto turn = [&](ModelLink& link) {
        link.turn(frame);
        if (link.due(began)) {
            news_->add(link.shared_from_this());
            ringing_ = true;
        }
        waiting_ = waiting_ || link.waits();
    };
    links_.turns(turn, [](ModelLink& link, int turns) { link.expect(turns); });
    tell_moment_.took(news_->took());
    moment_ = tell_moment_.before(next_ns_.load(std::memory_order_relaxed), now_ns());
    if (rings_now_.exchange(false, std::memory_order_relaxed)) ring_bell();
}

void ModelLinks::tell() noexcept {
    if (std::exchange(ringing_, false)) news_->ring();
    ring_bell();
}

void ModelLinks::ring_bell() noexcept {
    const int bell = bell_.exchange(-1, std::memory_order_acquire);
    if (bell < 0) return;
    const std::uint64_t once = 1;
    [[maybe_unused]] const ssize_t written = ::write(bell, &once, sizeof once);
}

}  // namespace media
