// SPDX-License-Identifier: GPL-3.0-or-later
// Finds a socket of PJSIP's among our descriptors: its own structures keep it to themselves.

#pragma once

#include <pjlib.h>
#include <pjsip.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>

namespace sip {

// The first of our descriptors that is the wanted one; -1 if none is. A closed one costs a tenth of a microsecond.
template <typename Wanted>
int find_descriptor(Wanted is_wanted) {
    constexpr rlim_t most = 65536;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    const int end = static_cast<int>(std::min(limit.rlim_cur, most));
    for (int descriptor = 0; descriptor < end; ++descriptor)
        if (is_wanted(descriptor)) return descriptor;
    return -1;
}

inline bool option_is_set(int descriptor, int option) {
    int value = 0;
    socklen_t length = sizeof value;
    return ::getsockopt(descriptor, SOL_SOCKET, option, &value, &length) == 0 && value != 0;
}

// False if it has none.
inline bool read_name(int descriptor, pj_sockaddr& name, bool of_peer = false) {
    socklen_t length = sizeof name;
    auto* const place = reinterpret_cast<sockaddr*>(&name);
    return (of_peer ? ::getpeername(descriptor, place, &length) : ::getsockname(descriptor, place, &length)) == 0;
}

// That of a connection; -1 if it is gone.
inline int find_descriptor_of(const pjsip_transport& connection) {
    return find_descriptor([&](int one) {
        pj_sockaddr peer;
        pj_sockaddr own;
        return read_name(one, peer, true) && pj_sockaddr_cmp(&peer, &connection.key.rem_addr) == 0 &&
               read_name(one, own) && pj_sockaddr_get_port(&own) == pj_sockaddr_get_port(&connection.local_addr);
    });
}

}  // namespace sip
