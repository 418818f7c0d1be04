// SPDX-License-Identifier: GPL-3.0-or-later

#include "stale.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pjsip/sip_transport_udp.h>
#include <sys/ioctl.h>

#include <ctime>
#include <utility>

#include "descriptors.hpp"

namespace sip {

namespace {

constexpr double kLongestS = 2.0;

std::uint64_t counted = 0;

double seconds(const timespec& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9; }

// Of the datagram that was read last. The first question of a socket has its datagrams stamped from then on.
bool is_old(pjsip_transport* socket) {
    timespec came{}, now{};
    if (::ioctl(static_cast<int>(pjsip_udp_transport_get_socket(socket)), SIOCGSTAMPNS, &came) != 0) return false;
    ::clock_gettime(CLOCK_REALTIME, &now);
    return seconds(now) - seconds(came) > kLongestS;
}

// Whether the other side has closed a connection. One that it has reset has no name any more, and is not found.
bool is_closed(const pjsip_transport& connection) {
    const int descriptor = find_descriptor_of(connection);
    tcp_info told{};
    socklen_t length = sizeof told;
    return descriptor < 0 || ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &told, &length) != 0 ||
           told.tcpi_state != TCP_ESTABLISHED;
}

}  // namespace

bool is_stale(const pjsip_rx_data* invite, bool was_late) {
    pjsip_transport* const transport = invite->tp_info.transport;
    const bool datagram = (transport->flag & PJSIP_TRANSPORT_DATAGRAM) != 0;
    if (datagram ? !is_old(transport) : !was_late || !is_closed(*transport)) return false;
    ++counted;
    return true;
}

std::uint64_t stale_invites() noexcept { return std::exchange(counted, 0); }

}  // namespace sip
