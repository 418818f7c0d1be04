// SPDX-License-Identifier: GPL-3.0-or-later

#include "edges.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "answers.hpp"

namespace sip::edges {

namespace {

std::vector<door::Network> known;

// PROTOCOL:ADDRESS:PORT, as Kamailio writes "$pr:$si:$sp": of IPv6 without brackets, or with them.
std::string_view address_in(std::string_view told) {
    const auto first = told.find(':');
    const auto last = told.rfind(':');
    if (first == std::string_view::npos || last <= first + 1) return {};
    std::string_view address = told.substr(first + 1, last - first - 1);
    if (address.front() == '[' && address.back() == ']') address = address.substr(1, address.size() - 2);
    return address;
}

// Only what is written in numbers: no name is asked for here.
bool read(std::string_view text, pj_sockaddr& address) {
    if (text.empty() || text.size() >= PJ_INET6_ADDRSTRLEN) return false;
    pj_str_t written{const_cast<char*>(text.data()), static_cast<pj_ssize_t>(text.size())};
    const int family = text.find(':') == std::string_view::npos ? pj_AF_INET() : pj_AF_INET6();
    if (pj_sockaddr_init(family, &address, nullptr, 0) != PJ_SUCCESS) return false;
    return pj_inet_pton(family, &written, pj_sockaddr_get_addr(&address)) == PJ_SUCCESS;
}

}  // namespace

void know(std::vector<door::Network> networks) { known = std::move(networks); }

bool is_one(const pj_sockaddr& from) {
    if (known.empty()) return false;
    const Address address = door::whole_address_of(from);
    return std::any_of(known.begin(), known.end(),
                       [&](const door::Network& network) { return door::is_within(address, network); });
}

pj_sockaddr sender_of(const pjsip_rx_data* request) {
    const pj_sockaddr& hop = request->pkt_info.src_addr;
    if (!is_one(hop)) return hop;
    pj_str_t name = pj_str(const_cast<char*>("X-Edge-Source"));
    const auto* const header = static_cast<const pjsip_generic_string_hdr*>(
        pjsip_msg_find_hdr_by_name(request->msg_info.msg, &name, nullptr));
    pj_sockaddr sender;
    return header != nullptr && read(address_in(view(header->hvalue)), sender) ? sender : hop;
}

bool is_let_in(const pjsip_rx_data* request) {
    const bool new_call = request->msg_info.msg->line.req.method.id == PJSIP_INVITE_METHOD &&
                          request->msg_info.to->tag.slen == 0;
    return !new_call && is_one(request->pkt_info.src_addr);
}

}  // namespace sip::edges
