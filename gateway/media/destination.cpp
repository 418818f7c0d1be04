// SPDX-License-Identifier: GPL-3.0-or-later
#include "destination.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace media {
namespace {

// What the system says to an address, asked with a socket that sends nothing. 0, or errno.
int tried(int (*operation)(int, const sockaddr*, socklen_t), const sockaddr_in& address) {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    const int error = operation(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
    close(fd);
    return error;
}

sockaddr_in with_port(const sockaddr_in& address, unsigned port) {
    sockaddr_in changed = address;
    changed.sin_port = htons(static_cast<in_port_t>(port));
    return changed;
}

// ------------------------------------------------------------------------------------------- addresses

bool is_group(const pj_sockaddr& address) {
    if (address.addr.sa_family == pj_AF_INET6())
        return static_cast<const unsigned char*>(pj_sockaddr_get_addr(&address))[0] == 0xFF;
    return IN_MULTICAST(ntohl(address.ipv4.sin_addr.s_addr));
}

// The system knows the broadcast addresses of our networks, and refuses them to whoever has not asked for it.
bool is_broadcast(const sockaddr_in& address) {
    return address.sin_addr.s_addr == INADDR_BROADCAST || tried(&connect, with_port(address, 9)) == EACCES;
}

// 0.0.0.0/8 is "this network" (RFC 1122 section 3.2.1.3): an address only for hosts that do not know theirs.
bool is_this_network(const sockaddr_in& address) {
    const in_addr_t host = ntohl(address.sin_addr.s_addr);
    return host != 0 && host >> 24 == 0;
}

// ------------------------------------------------------------------------------------------- our own

bool is(const pj_str_t& text, const sockaddr_in& address) {
    char written[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address.sin_addr, written, sizeof written);
    return pj_strcmp2(&text, written) == 0;
}

bool is_local(const sockaddr_in& address) { return tried(&bind, with_port(address, 0)) == 0; }

// Whether sockets that were opened so can be reached at an address.
bool reaches(const pjsua_transport_config& config, const sockaddr_in& address) {
    if (is(config.public_addr, address)) return true;
    const bool one = config.bound_addr.slen > 0 && pj_strcmp2(&config.bound_addr, "0.0.0.0") != 0;
    return one ? is(config.bound_addr, address) : is_local(address);
}

bool is_sip(unsigned port) {
    return std::any_of(std::begin(pjsua_var.tpdata), std::end(pjsua_var.tpdata), [port](const auto& transport) {
        return transport.data.ptr != nullptr && transport.local_name.port == static_cast<int>(port);
    });
}

bool uses(const pjsua_call_media* media, unsigned count, unsigned port) {
    return std::any_of(media, media + count, [port](const pjsua_call_media& one) {
        if (one.tp == nullptr) return false;
        pjmedia_transport_info info;
        pjmedia_transport_info_init(&info);
        pjmedia_transport_get_info(one.tp, &info);
        return pj_sockaddr_get_port(&info.sock_info.rtp_addr_name) == port ||
               pj_sockaddr_get_port(&info.sock_info.rtcp_addr_name) == port;
    });
}

bool is_of_a_call(unsigned port) {
    const pjsua_call* const calls = pjsua_var.calls;
    return std::any_of(calls, calls + pjsua_var.ua_cfg.max_calls, [port](const pjsua_call& call) {
        return uses(call.media, call.med_cnt, port) || uses(call.media_prov, call.med_prov_cnt, port);
    });
}

enum class Kind { rtp, rtcp };

// Not every program opens a port for RTCP: one that nobody has is left alone.
bool is_ours(const pjsua_transport_config& config, const sockaddr_in& address, Kind kind) {
    const unsigned port = ntohs(address.sin_port);
    const bool in_range = port >= config.port && port <= config.port + config.port_range;
    if (!in_range && !is_sip(port)) return false;
    if (!reaches(config, address)) return false;
    return is_sip(port) || is_of_a_call(port) || (kind == Kind::rtp && tried(&bind, address) != EADDRINUSE);
}

bool is_ours(const sockaddr_in& address, Kind kind) {
    return std::any_of(std::begin(pjsua_var.acc), std::end(pjsua_var.acc), [&](const pjsua_acc& account) {
        return account.valid && is_ours(account.cfg.rtp_cfg, address, kind);
    });
}

sockaddr_in ipv4(const pj_sockaddr& from) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = from.ipv4.sin_addr.s_addr;
    address.sin_port = from.ipv4.sin_port;
    return address;
}

const char* objection(const pj_sockaddr& to, Kind kind) {
    if (is_group(to)) return "no audio to a multicast address";
    if (to.addr.sa_family != pj_AF_INET() || !pj_sockaddr_has_addr(&to)) return nullptr;
    const sockaddr_in address = ipv4(to);
    if (is_this_network(address)) return "no audio to 0.0.0.0/8";
    if (is_broadcast(address)) return "no audio to a broadcast address";
    if (is_ours(address, kind)) return "no audio to a port of our own";
    return nullptr;
}

}  // namespace

const char* objection(const pj_sockaddr& rtp, const pj_sockaddr& rtcp) {
    if (const char* const why = objection(rtp, Kind::rtp)) return why;
    pj_sockaddr next = rtp;
    pj_sockaddr_set_port(&next, static_cast<pj_uint16_t>(pj_sockaddr_get_port(&rtp) + 1));
    return objection(pj_sockaddr_has_addr(&rtcp) ? rtcp : next, Kind::rtcp);
}

bool is_local(const pj_sockaddr& address) {
    return address.addr.sa_family == pj_AF_INET() && is_local(ipv4(address));
}

}  // namespace media
