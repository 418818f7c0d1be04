// SPDX-License-Identifier: GPL-3.0-or-later
// Which sockets of models have something to be read, for the links' thread; and which links have something to tell, for
// Python, all of them at one go.

#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace media {

class ModelLink;

class LinkNews {
public:
    static constexpr int kAtOnce = 64;  // sockets
    using Ready = std::array<epoll_event, kAtOnce>;

    // Throws std::system_error.
    LinkNews();
    ~LinkNews();
    LinkNews(const LinkNews&) = delete;
    LinkNews& operator=(const LinkNews&) = delete;

    // Python's thread: a socket from which something is expected, until it is told to be ignored; before it is closed.
    // A link outlives the next wait of the links' thread. Throws std::system_error.
    void watch(int socket, ModelLink& link);
    void ignore(int socket) noexcept;

    // The links' thread: waits for something to read, or to be woken; -1 ms: for ever. Returns how many are ready; of
    // them `data.ptr` is the link, and nullptr for the wake-up, which is over then.
    int wait(Ready& ready, int ms) noexcept;
    // Sleeps until then by CLOCK_MONOTONIC, whatever comes from sockets. False if it was woken before, which is over then.
    bool rest(std::int64_t until_ns) noexcept;
    // The longest, in ns, from `ring` until all links had told, since the last time it was asked.
    std::int64_t took() noexcept { return took_ns_.exchange(0, std::memory_order_relaxed); }
    // Any thread.
    void wake() noexcept;

    // Any thread: a link has something to tell, sooner or later. `ring` has all of them tell it, if there are any.
    void add(std::shared_ptr<ModelLink> link);
    void ring() noexcept;

    // Python's thread: readable when links have something to tell; has them tell it.
    int descriptor() const noexcept { return bell_; }
    void tell();

private:
    const int poll_;
    const int wake_;
    const int bell_;
    std::atomic<std::int64_t> rung_ns_{0};  // 0: all is told
    std::atomic<std::int64_t> took_ns_{0};
    std::mutex mutex_;
    std::vector<std::shared_ptr<ModelLink>> tell_;
};

}  // namespace media
