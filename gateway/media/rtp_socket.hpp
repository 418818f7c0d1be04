// SPDX-License-Identifier: GPL-3.0-or-later
// The RTP socket of one of PJSIP's media transports, read in its stead.

#pragma once

#include <pjmedia.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "monotonic.hpp"

namespace media {

// When the packet in hand came, by CLOCK_MONOTONIC: asked on the thread that passes it on.
class Arrival {
public:
    static std::int64_t ns() noexcept { return of_packet != 0 ? of_packet : now_ns(); }
    static void is(std::int64_t ns) noexcept { of_packet = ns; }
    // The same of whatever was read last from a socket that is not read here.
    static std::int64_t at(int socket) noexcept;

private:
    inline static thread_local std::int64_t of_packet = 0;
};

// Whoever can take a packet without PJSIP's transports; false if not this one.
// `is_ahead`: it would not miss in the next tick what else came.
// `expect` asks for the memory that it will need so many turns later.
struct Straight {
    bool (*take)(void* context, void* packet, pj_ssize_t size, pj_sockaddr* from) = nullptr;
    bool (*is_ahead)(const void* context) = nullptr;
    void (*expect)(const void* context, int turns) = nullptr;
    void* context = nullptr;
};

// Room for some packets that are read at once, and what the two clocks said before.
class Datagrams {
public:
    static constexpr std::size_t kAtOnce = 8;

    Datagrams() noexcept;
    Datagrams(const Datagrams&) = delete;
    Datagrams& operator=(const Datagrams&) = delete;

    // Once before sockets are read.
    void look_at_clocks() noexcept;
    // Returns how many of them were filled, at most so many; 0 if nothing waits, or the socket is broken.
    std::size_t read(int socket, std::size_t most) noexcept;
    void pass_on(std::size_t one, pjmedia_transport* transport, const Straight& straight) noexcept;
    // Whether the first came since the last tick: before that nothing waits then.
    bool is_new() const noexcept { return now_ns_ - came_ns(messages_[0].msg_hdr) < kTickNs; }

private:
    static constexpr std::int64_t kTickNs = 20'000'000;

    std::int64_t came_ns(const msghdr& message) const noexcept;

    struct alignas(8) Bytes {
        std::array<std::uint8_t, PJMEDIA_MAX_MRU> all;
    };
    struct alignas(cmsghdr) Control {
        std::array<std::uint8_t, 64> all;
    };

    std::array<Bytes, kAtOnce> bytes_;
    std::array<Control, kAtOnce> controls_;
    std::array<pj_sockaddr, kAtOnce> sources_{};
    std::array<iovec, kAtOnce> places_{};
    std::array<mmsghdr, kAtOnce> messages_{};
    std::int64_t now_ns_ = 0;
    std::int64_t real_ns_ = 0;  // CLOCK_REALTIME at that moment, by which the system stamps packets
};

class RtpSocket {
public:
    // SIP thread. The packets that wait in it, and those to come, are stamped by the system.
    RtpSocket(pjmedia_transport* transport, int socket) noexcept;
    RtpSocket(const RtpSocket&) = delete;
    RtpSocket& operator=(const RtpSocket&) = delete;

    // SIP thread: none of its packets is in hand when this returns, unless it is the one that asks for it.
    void end() noexcept;
    bool gone() const noexcept { return ended_.load(std::memory_order_relaxed); }
    int number() const noexcept { return socket_; }
    // SIP thread: whom packets are offered from now on, before PJSIP.
    void pass_on(const Straight& straight) noexcept;
    // SIP thread: it is not read here any more, and no packet is in hand when this returns.
    void leave() noexcept;

    // Media thread: passes on all that waits; or the first, where that is enough until the next time.
    void read(Datagrams& datagrams) noexcept;
    void expect(int turns) noexcept;

private:
    bool is_ahead() const noexcept;

    static constexpr std::size_t kMostAtATick = 1024;  // packets: whoever sends more shall not stop the clock

    pjmedia_transport* const transport_;
    const int socket_;
    std::atomic<bool> ended_{false};
    bool left_ = false;
    std::recursive_mutex reading_;
    Straight straight_;
};

}  // namespace media
