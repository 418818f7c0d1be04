// SPDX-License-Identifier: GPL-3.0-or-later

#include "stale.hpp"

#include <linux/sockios.h>
#include <pjsip/sip_transport_udp.h>
#include <sys/ioctl.h>

#include <ctime>
#include <utility>

namespace sip {

namespace {

constexpr double kLongestS = 2.0;

std::uint64_t counted = 0;

double seconds(const timespec& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9; }

}  // namespace

bool is_stale(const pjsip_rx_data* invite) {
    pjsip_transport* const transport = invite->tp_info.transport;
    if ((transport->flag & PJSIP_TRANSPORT_DATAGRAM) == 0) return false;
    timespec came{}, now{};
    // The first question of a socket has its datagrams stamped from then on.
    if (::ioctl(static_cast<int>(pjsip_udp_transport_get_socket(transport)), SIOCGSTAMPNS, &came) != 0) return false;
    ::clock_gettime(CLOCK_REALTIME, &now);
    if (seconds(now) - seconds(came) <= kLongestS) return false;
    ++counted;
    return true;
}

std::uint64_t stale_invites() noexcept { return std::exchange(counted, 0); }

}  // namespace sip
