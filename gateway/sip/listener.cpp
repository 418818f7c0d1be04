// SPDX-License-Identifier: GPL-3.0-or-later

#include "listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pjsip.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>
#include <sys/socket.h>

#include "descriptors.hpp"
#include "shortage.hpp"

namespace sip {

namespace {

constexpr int kPolls = 50;  // each handles an event or two, and an accept takes all that wait

bool waited = false;  // at the last look

pjsip_tpfactory* factory() {
    for (const pjsua_transport_data& transport : pjsua_var.tpdata)
        if (transport.type == PJSIP_TRANSPORT_TCP && transport.data.ptr != nullptr) return transport.data.factory;
    return nullptr;
}

// Where it is really bound: PJSIP puts an address of the machine's in place of 0.0.0.0.
bool is_listener(int descriptor, unsigned port, pj_sockaddr& bound) {
    return option_is_set(descriptor, SO_ACCEPTCONN) && read_name(descriptor, bound) &&
           bound.addr.sa_family == pj_AF_INET() && pj_sockaddr_get_port(&bound) == port;
}

int find(unsigned port, pj_sockaddr& bound) {
    static int last = -1;
    const auto is_it = [&](int descriptor) { return is_listener(descriptor, port, bound); };
    return last >= 0 && is_it(last) ? last : last = find_descriptor(is_it);
}

bool somebody_waits(int descriptor) {
    tcp_info info{};
    socklen_t length = sizeof info;
    // Of a socket that listens: how many connections nobody has accepted.
    return ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 && info.tcpi_unacked > 0;
}

// A listener that works has accepted them by the time that everything else was done.
bool nobody_accepts(int descriptor) {
    for (int polls = 0; polls < kPolls && somebody_waits(descriptor); ++polls) {
        const pj_time_val at_once{0, 0};
        pjsip_endpt_handle_events(pjsua_get_pjsip_endpt(), &at_once);
    }
    return somebody_waits(descriptor);
}

}  // namespace

bool revive_listener() {
    pjsip_tpfactory* const tcp = factory();
    pj_sockaddr bound{};
    const int descriptor = tcp != nullptr ? find(pj_sockaddr_get_port(&tcp->local_addr), bound) : -1;
    const bool waits = descriptor >= 0 && somebody_waits(descriptor);
    const bool deaf = waits && waited && !few_descriptors() && nobody_accepts(descriptor);
    waited = waits && !deaf;
    if (!deaf) return false;
    return pjsip_tcp_transport_restart(tcp, &bound, tcp->has_addr_name ? &tcp->addr_name : nullptr) == PJ_SUCCESS;
}

}  // namespace sip
