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
#include <cstring>
#include <iterator>
#include <optional>

namespace media {
namespace {

using Operation = int (*)(int, const sockaddr*, socklen_t);

// What the system says to an address, asked with a socket that sends nothing. 0, or errno. PJSIP has addresses as
// the system has them.
int tried(Operation operation, const pj_sockaddr& address) {
    const int family = address.addr.sa_family == pj_AF_INET6() ? AF_INET6 : AF_INET;
    const int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    const auto length = static_cast<socklen_t>(pj_sockaddr_get_len(&address));
    const int error = operation(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0 ? 0 : errno;
    close(fd);
    return error;
}

pj_sockaddr with_port(const pj_sockaddr& address, unsigned port) {
    pj_sockaddr changed = address;
    pj_sockaddr_set_port(&changed, static_cast<pj_uint16_t>(port));
    return changed;
}

// ------------------------------------------------------------------------------------------- addresses

bool is_group(const pj_sockaddr& address) {
    if (address.addr.sa_family == pj_AF_INET6())
        return static_cast<const unsigned char*>(pj_sockaddr_get_addr(&address))[0] == 0xFF;
    return IN_MULTICAST(ntohl(address.ipv4.sin_addr.s_addr));
}

bool is_four(const pj_sockaddr& address) { return address.addr.sa_family == pj_AF_INET(); }

// The system knows the broadcast addresses of our networks, and refuses them to whoever has not asked for it.
bool is_broadcast(const pj_sockaddr& address) {
    return address.ipv4.sin_addr.s_addr == INADDR_BROADCAST || tried(&connect, with_port(address, 9)) == EACCES;
}

// 0.0.0.0/8 is "this network" (RFC 1122 section 3.2.1.3): an address only for hosts that do not know theirs.
bool is_this_network(const pj_sockaddr& address) {
    const in_addr_t host = ntohl(address.ipv4.sin_addr.s_addr);
    return host != 0 && host >> 24 == 0;
}

bool is_four_written_as_six(const pj_sockaddr& address) {
    return !is_four(address) && IN6_IS_ADDR_V4MAPPED(static_cast<const in6_addr*>(pj_sockaddr_get_addr(&address)));
}

// ------------------------------------------------------------------------------------------- our own

// Whether a setting names this address; nothing if it names none of its family.
std::optional<bool> names(const pj_str_t& text, const pj_sockaddr& address) {
    pj_sockaddr named;
    const int family = address.addr.sa_family;
    pj_sockaddr_init(family, &named, nullptr, 0);
    if (text.slen == 0 || pj_inet_pton(family, &text, pj_sockaddr_get_addr(&named)) != PJ_SUCCESS) return std::nullopt;
    if (!pj_sockaddr_has_addr(&named)) return std::nullopt;  // any
    return std::memcmp(pj_sockaddr_get_addr(&named), pj_sockaddr_get_addr(&address), pj_sockaddr_get_addr_len(&address)) == 0;
}

// Whether sockets that were opened so can be reached at an address. An account's are of either family, by the call.
bool reaches(const pjsua_transport_config& config, const pj_sockaddr& address) {
    if (names(config.public_addr, address).value_or(false)) return true;
    const std::optional<bool> bound = names(config.bound_addr, address);
    return bound ? *bound : is_local(address);
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
bool is_ours(const pjsua_transport_config& config, const pj_sockaddr& address, Kind kind) {
    const unsigned port = pj_sockaddr_get_port(&address);
    const bool in_range = port >= config.port && port <= config.port + config.port_range;
    if (!in_range && !is_sip(port)) return false;
    if (!reaches(config, address)) return false;
    return is_sip(port) || is_of_a_call(port) || (kind == Kind::rtp && tried(&bind, address) != EADDRINUSE);
}

bool is_ours(const pj_sockaddr& address, Kind kind) {
    return std::any_of(std::begin(pjsua_var.acc), std::end(pjsua_var.acc), [&](const pjsua_acc& account) {
        return account.valid && is_ours(account.cfg.rtp_cfg, address, kind);
    });
}

const char* objection(const pj_sockaddr& to, Kind kind) {
    if (is_group(to)) return "no audio to a multicast address";
    if (!pj_sockaddr_has_addr(&to)) return nullptr;
    if (is_four_written_as_six(to)) return "no audio to an IPv4 address that is written as IPv6";
    if (is_four(to) && is_this_network(to)) return "no audio to 0.0.0.0/8";
    if (is_four(to) && is_broadcast(to)) return "no audio to a broadcast address";
    return is_ours(to, kind) ? "no audio to a port of our own" : nullptr;
}

}  // namespace

const char* objection(const pj_sockaddr& rtp, const pj_sockaddr& rtcp) {
    if (const char* const why = objection(rtp, Kind::rtp)) return why;
    pj_sockaddr next = rtp;
    pj_sockaddr_set_port(&next, static_cast<pj_uint16_t>(pj_sockaddr_get_port(&rtp) + 1));
    return objection(pj_sockaddr_has_addr(&rtcp) ? rtcp : next, Kind::rtcp);
}

bool is_local(const pj_sockaddr& address) { return tried(&bind, with_port(address, 0)) == 0; }

}  // namespace media
