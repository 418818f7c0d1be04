// SPDX-License-Identifier: GPL-3.0-or-later
// A model's socket, from which Python reads and to which everybody writes here: Python its messages, and the links'
// own thread the caller's audio, straight from a channel's ring, without Python between a packet and its message.
//
// Whoever writes writes whole frames or leaves the rest of one here, so that none gets into another. What is out of
// the ordinary is Python's again: a socket that takes no more, audio that was overwritten, the end. A channel is
// handed back then, with all that was not sent.
//
// Threads: Python's, and the links' (`turn`); both lock for as long as a system call takes.

#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "append_frame.hpp"
#include "channel.hpp"
#include "secure_socket.hpp"

namespace media {

class ModelLink {
public:
    using Count = std::atomic<int>;

    // Has a descriptor of its own for the socket, which must not block, unless `secure` has it: then all is written
    // to that. Counted in `open` until it is closed. Throws std::system_error.
    ModelLink(int socket, std::shared_ptr<SecureSocket> secure, std::shared_ptr<Count> open);
    ~ModelLink() { close(); }
    ModelLink(const ModelLink&) = delete;
    ModelLink& operator=(const ModelLink&) = delete;

    // Python's thread.
    void write(const char* bytes, std::size_t size);
    // Bytes that the socket did not take yet.
    std::size_t pending() const noexcept { return pending_.load(std::memory_order_relaxed); }
    // No more is written after what waits (FIN).
    void finish() noexcept;
    // From now on the caller's audio goes from this channel to the socket.
    void carry(std::shared_ptr<Channel> channel) noexcept;
    void release() noexcept;
    void close() noexcept;

    // The links' thread.
    void turn(AppendFrame& frame) noexcept;
    bool gone() const noexcept { return gone_.load(std::memory_order_relaxed); }

private:
    bool flush() noexcept;
    std::size_t send(const char* bytes, std::size_t size) noexcept;
    std::ptrdiff_t send_some(const char* bytes, std::size_t size) noexcept;
    void keep(const char* bytes, std::size_t size);
    void hand_back() noexcept;
    void shut() noexcept;

    const std::shared_ptr<Count> open_;
    const std::shared_ptr<SecureSocket> secure_;
    std::mutex mutex_;
    int socket_;  // -1: `secure_` has it
    bool broken_ = false;     // what is written goes nowhere; whoever reads the socket hears why
    bool finishing_ = false;
    std::string waiting_;     // of the socket
    std::shared_ptr<Channel> channel_;
    std::atomic<std::size_t> pending_{0};
    std::atomic<bool> gone_{false};
};

}  // namespace media
