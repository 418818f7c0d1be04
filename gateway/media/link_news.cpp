// SPDX-License-Identifier: GPL-3.0-or-later
#include "link_news.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "model_link.hpp"
#include "monotonic.hpp"

namespace media {
namespace {

int opened(int descriptor, const char* what) {
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
    return descriptor;
}

// Full is impossible, and one that waits already is as good as another.
void signal(int descriptor) noexcept {
    const std::uint64_t once = 1;
    [[maybe_unused]] const ssize_t written = ::write(descriptor, &once, sizeof once);
}

void clear(int descriptor) noexcept {
    std::uint64_t signals;
    [[maybe_unused]] const ssize_t got = ::read(descriptor, &signals, sizeof signals);
}

}  // namespace

LinkNews::LinkNews()
    : poll_(opened(epoll_create1(EPOLL_CLOEXEC), "epoll")),
      wake_(opened(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")),
      bell_(opened(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.ptr = nullptr;
    opened(epoll_ctl(poll_, EPOLL_CTL_ADD, wake_, &interest), "epoll");
}

LinkNews::~LinkNews() {
    for (const int one : {poll_, wake_, bell_}) close(one);
}

void LinkNews::watch(int socket, ModelLink& link) {
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.ptr = &link;
    opened(epoll_ctl(poll_, EPOLL_CTL_ADD, socket, &interest), "a model's socket");
}

void LinkNews::ignore(int socket) noexcept { epoll_ctl(poll_, EPOLL_CTL_DEL, socket, nullptr); }

int LinkNews::wait(Ready& ready, int ms) noexcept {
    const int count = epoll_wait(poll_, ready.data(), kAtOnce, ms);
    for (int i = 0; i < count; ++i)
        if (ready[static_cast<std::size_t>(i)].data.ptr == nullptr) clear(wake_);
    return count < 0 ? 0 : count;  // a debugger's signal
}

bool LinkNews::rest(std::int64_t until_ns) noexcept {
    const std::int64_t left = std::max<std::int64_t>(until_ns - now_ns(), 0);
    const timespec most{left / 1'000'000'000LL, left % 1'000'000'000LL};
    pollfd woken{wake_, POLLIN, 0};
    if (ppoll(&woken, 1, &most, nullptr) <= 0) return true;
    clear(wake_);
    return false;
}

void LinkNews::wake() noexcept { signal(wake_); }

void LinkNews::add(std::shared_ptr<ModelLink> link) {
    const std::lock_guard guard(mutex_);
    tell_.push_back(std::move(link));
}

void LinkNews::ring() noexcept {
    {
        const std::lock_guard guard(mutex_);
        if (tell_.empty()) return;
    }
    std::int64_t told = 0;
    rung_ns_.compare_exchange_strong(told, now_ns(), std::memory_order_relaxed);
    signal(bell_);
}

void LinkNews::tell() {
    clear(bell_);
    const std::int64_t rung = rung_ns_.exchange(0, std::memory_order_relaxed);
    std::vector<std::shared_ptr<ModelLink>> links;
    {
        const std::lock_guard guard(mutex_);
        links.swap(tell_);
    }
    for (const auto& link : links) link->tell();
    if (rung != 0) took_ns_.store(std::max(took_ns_.load(std::memory_order_relaxed), now_ns() - rung), std::memory_order_relaxed);
}

}  // namespace media
