// SPDX-License-Identifier: GPL-3.0-or-later
#include "rtp_socket.hpp"

#include <linux/sockios.h>
#include <pjmedia/transport_udp.h>
#include <sys/ioctl.h>
#include <time.h>

#include <algorithm>
#include <cstring>

namespace media {
namespace {

#ifndef PJMEDIA_TRANSPORT_UDP_HAS_READER
void pjmedia_transport_udp_on_rtp(pjmedia_transport*, void*, pj_ssize_t, pj_sockaddr*) {}  // nothing is read: packet_reader.cpp
#endif

constexpr int kRoom = 1 << 20;  // bytes that wait for a tick; the system gives less where it must

std::int64_t in_ns(const timespec& time) noexcept { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

std::int64_t real_now_ns() noexcept {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return in_ns(now);
}

// Of a stamp of the system's, where both clocks said so. Somebody may have set one of them since: what cannot be is now.
std::int64_t monotonic(const timespec& stamp, std::int64_t real_ns, std::int64_t now_ns) noexcept {
    constexpr std::int64_t kLongAgo = 1'000'000'000;
    const std::int64_t ago = real_ns - in_ns(stamp);
    return ago > kLongAgo || ago < -kLongAgo ? now_ns : now_ns - ago;
}

}  // namespace

std::int64_t Arrival::at(int socket) noexcept {
    timespec stamp;
    if (ioctl(socket, SIOCGSTAMPNS, &stamp) != 0) return now_ns();
    return monotonic(stamp, real_now_ns(), now_ns());
}

Datagrams::Datagrams() noexcept {
    for (std::size_t i = 0; i < kAtOnce; ++i) {
        places_[i] = iovec{bytes_[i].all.data(), bytes_[i].all.size()};
        messages_[i].msg_hdr.msg_iov = &places_[i];
        messages_[i].msg_hdr.msg_iovlen = 1;
        messages_[i].msg_hdr.msg_name = &sources_[i];
        messages_[i].msg_hdr.msg_control = controls_[i].all.data();
    }
}

void Datagrams::look_at_clocks() noexcept {
    real_ns_ = real_now_ns();
    now_ns_ = now_ns();
}

std::size_t Datagrams::read(int socket, std::size_t most) noexcept {
    for (std::size_t one = 0; one < most; ++one) {
        messages_[one].msg_hdr.msg_namelen = sizeof(pj_sockaddr);
        messages_[one].msg_hdr.msg_controllen = sizeof(Control);
    }
    if (most == 1) {  // a seventeenth cheaper
        const ssize_t size = recvmsg(socket, &messages_[0].msg_hdr, MSG_DONTWAIT);
        messages_[0].msg_len = static_cast<unsigned>(std::max<ssize_t>(size, 0));
        return size >= 0 ? 1 : 0;
    }
    const int got = recvmmsg(socket, messages_.data(), static_cast<unsigned>(most), MSG_DONTWAIT, nullptr);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

void Datagrams::pass_on(std::size_t one, pjmedia_transport* transport, const Straight& straight) noexcept {
    Arrival::is(came_ns(messages_[one].msg_hdr));
    const auto size = static_cast<pj_ssize_t>(messages_[one].msg_len);
    void* const packet = bytes_[one].all.data();
    const bool taken = straight.take != nullptr && straight.take(straight.context, packet, size, &sources_[one]);
    if (!taken) pjmedia_transport_udp_on_rtp(transport, packet, size, &sources_[one]);
    Arrival::is(0);
}

std::int64_t Datagrams::came_ns(const msghdr& message) const noexcept {
    for (const cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(const_cast<msghdr*>(&message), const_cast<cmsghdr*>(part))) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec stamp;
        std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
        return monotonic(stamp, real_ns_, now_ns_);
    }
    return now_ns_;
}

RtpSocket::RtpSocket(pjmedia_transport* transport, int socket) noexcept : transport_(transport), socket_(socket) {
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &kRoom, sizeof kRoom);
}

void RtpSocket::end() noexcept {
    const std::lock_guard guard(reading_);
    ended_ = true;
}

void RtpSocket::pass_on(const Straight& straight) noexcept {
    const std::lock_guard guard(reading_);
    straight_ = straight;
}

void RtpSocket::leave() noexcept {
    const std::lock_guard guard(reading_);
    left_ = true;
}

void RtpSocket::expect(int turns) noexcept {
    const std::unique_lock guard(reading_, std::try_to_lock);
    if (guard && !ended_ && straight_.expect != nullptr) straight_.expect(straight_.context, turns);
}

// In most ticks one packet comes, and to be told that there is no other takes a seventh of the time. Another stays where
// it is, for a tick at most, if nobody would miss it.
void RtpSocket::read(Datagrams& datagrams) noexcept {
    const std::lock_guard guard(reading_);
    std::size_t most = 1;
    for (std::size_t read = 0; read < kMostAtATick && !ended_ && !left_; most = Datagrams::kAtOnce) {
        const std::size_t got = datagrams.read(socket_, most);
        for (std::size_t i = 0; i < got && !ended_; ++i) datagrams.pass_on(i, transport_, straight_);
        if (got < most || (most == 1 && datagrams.is_new() && is_ahead())) return;
        read += got;
    }
}

bool RtpSocket::is_ahead() const noexcept {
    return !ended_ && straight_.is_ahead != nullptr && straight_.is_ahead(straight_.context);
}

}  // namespace media
