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
constexpr std::int64_t kMs = 1'000'000;

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
bool ModelLinks::tick(bool audio, int bell, Ring ring, std::int64_t next_ns) noexcept {
    if (open_->load(std::memory_order_relaxed) == 0) return false;
    next_ns_.store(next_ns, std::memory_order_relaxed);
    if (ring != Ring::none) {
        bell_.store(bell, std::memory_order_relaxed);
        rings_.fetch_or(static_cast<unsigned>(ring), std::memory_order_release);
    }
    if ((audio || ring != Ring::none) && wakeable_.exchange(false)) news_->wake();
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
            const int count = news_->wait(ready, rests ? 0 : wake_up_.waits() ? kTickMs : -1);
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
        link->hear(into, kReadAtOnce, wake_up_);
    }
    return ticked;
}

void ModelLinks::turn(AppendFrame& frame) noexcept {
    wakeable_ = true;
    links_.admit();
    links_.turns([&](ModelLink& link) { link.turn(frame); }, [](ModelLink& link, int turns) { link.expect(turns); });
    tell_moment_.took(news_->took());
    moment_ = tell_moment_.before(next_ns_.load(std::memory_order_relaxed), now_ns());
    take_rings();
}

void ModelLinks::take_rings() noexcept {
    const unsigned rings = rings_.exchange(0, std::memory_order_acquire);
    if (rings == 0) return;
    bell_rings_ = true;
    if ((rings & static_cast<unsigned>(Ring::now)) != 0) return ring();
    if ((rings & static_cast<unsigned>(Ring::soon)) != 0) {
        wake_up_.needed();
    } else {
        wake_up_.needed_by(now_ns() + WakeUp::kPatience);
    }
}

void ModelLinks::tell() noexcept {
    if (wake_up_.due(now_ns() + kTickMs * kMs)) ring();  // there is no other moment until then
}

// The clock's bell first: what it has for Python is mostly the older.
void ModelLinks::ring() noexcept {
    wake_up_.rung();
    ring_bell();
    news_->ring();
}

void ModelLinks::ring_bell() noexcept {
    if (!std::exchange(bell_rings_, false)) return;
    const std::uint64_t once = 1;
    [[maybe_unused]] const ssize_t written = ::write(bell_.load(std::memory_order_relaxed), &once, sizeof once);
}

}  // namespace media
