// SPDX-License-Identifier: GPL-3.0-or-later

#include "gate.hpp"

#include <ifaddrs.h>
#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../media/pj_error.hpp"
#include "answers.hpp"
#include "digest.hpp"
#include "door.hpp"
#include "edges.hpp"
#include "trunks.hpp"

namespace sip::gate {

namespace {

// As they call themselves, in small letters: none of them is a phone.
constexpr std::array<std::string_view, 12> kScanners = {
    "friendly-scanner", "friendly-request", "sipvicious", "sundayddr", "sip-scan", "siparmyknife",
    "sipcli",           "pplsip",           "smap",       "iwar",      "sivus",    "vaxsipuseragent"};

Guests guests = Guests::refuse;
Strangers strangers;
std::vector<door::Network> home;
std::vector<Address> own;
pjsip_module module;

double now_s() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool is_of_this_machine(const Address& address) {
    const auto has = [&](const door::Network& network) { return door::is_within(address, network); };
    return std::any_of(home.begin(), home.end(), has) || std::find(own.begin(), own.end(), address) != own.end();
}

std::string agent_of(const pjsip_rx_data* request) {
    pj_str_t name = pj_str(const_cast<char*>("User-Agent"));
    const auto* const header = static_cast<const pjsip_generic_string_hdr*>(
        pjsip_msg_find_hdr_by_name(request->msg_info.msg, &name, nullptr));
    return header != nullptr ? std::string(view(header->hvalue)) : std::string{};
}

bool is_scanner(std::string agent) {
    std::transform(agent.begin(), agent.end(), agent.begin(),
                   [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
    return std::any_of(kScanners.begin(), kScanners.end(),
                       [&](std::string_view name) { return agent.find(name) != std::string::npos; });
}

// RFC 3261 section 12: a dialog is its Call-ID and both tags.
bool is_of_a_call(const pjsip_rx_data* request) {
    const auto& info = request->msg_info;
    return info.to->tag.slen > 0 &&
           pjsip_ua_find_dialog(&info.cid->id, &info.to->tag, &info.from->tag, PJ_FALSE) != nullptr;
}

// --------------------------------------------------------------------------------------------- what he gets

void answer_shortly(pjsip_rx_data* request, int status, const Headers& headers) {
    pjsip_endpoint* const endpoint = pjsua_get_pjsip_endpt();
    pjsip_tx_data* response = nullptr;
    if (pjsip_endpt_create_response(endpoint, request, status, nullptr, &response) != PJ_SUCCESS) return;
    for (const pjsip_hdr* header = headers.list()->next; header != headers.list(); header = header->next)
        pjsip_msg_add_hdr(response->msg, static_cast<pjsip_hdr*>(pjsip_hdr_clone(response->pool, header)));
    const bool encoded = pjsip_tx_data_encode(response) == PJ_SUCCESS;
    const auto length = encoded ? response->buf.cur - response->buf.start : 0;
    const bool datagram = (request->tp_info.transport->flag & PJSIP_TRANSPORT_DATAGRAM) != 0;
    if (!encoded || (datagram && length > request->msg_info.len) ||
        pjsip_endpt_send_response2(endpoint, request, response, nullptr, nullptr) != PJ_SUCCESS)
        pjsip_tx_data_dec_ref(response);
}

void turn_back(pjsip_rx_data* request, const Address& from, trunks::Standing standing) {
    const double now = now_s();
    const std::string agent = agent_of(request);
    strangers.knocked(from, view(request->msg_info.msg->line.req.method.name), agent, now);
    if (standing == trunks::Standing::wrong) strangers.wrong_password(from, now);
    if (request->msg_info.msg->line.req.method.id == PJSIP_ACK_METHOD || is_scanner(agent)) return;
    const bool asks = standing != trunks::Standing::stranger;
    if ((!asks && guests == Guests::drop) || !strangers.may_be_answered(from, now)) return;
    Headers headers(request);
    if (asks) digest::ask(headers, standing == trunks::Standing::ask_again);
    answer_shortly(request, asks ? PJSIP_SC_UNAUTHORIZED : PJSIP_SC_FORBIDDEN, headers);
}

// A trunk that has to show a password is no stranger, and may ask as often as it likes.
void ask_peer(pjsip_rx_data* request, trunks::Standing standing) {
    Headers headers(request);
    digest::ask(headers, standing == trunks::Standing::ask_again);
    answer(request, PJSIP_SC_UNAUTHORIZED, headers);
}

// ------------------------------------------------------------------------------------------------- module

pj_bool_t on_request(pjsip_rx_data* request) {
    if (is_of_a_call(request) || edges::is_let_in(request)) return PJ_FALSE;
    const Address from = door::whole_address_of(edges::sender_of(request));
    const trunks::Standing standing = trunks::standing(request, from);
    if (standing == trunks::Standing::trunk) return PJ_FALSE;
    const bool asked = standing != trunks::Standing::stranger;
    if (asked && trunks::is_peer(from) && standing != trunks::Standing::wrong) {
        ask_peer(request, standing);
        return PJ_TRUE;
    }
    if (is_of_this_machine(from) && standing != trunks::Standing::wrong) return PJ_FALSE;
    if (!asked && guests == Guests::allow && !is_scanner(agent_of(request))) return PJ_FALSE;
    turn_back(request, from, standing);
    return PJ_TRUE;
}

}  // namespace

void look_around() {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return;
    own.clear();
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr) continue;
        pj_sockaddr address{};
        if (one->ifa_addr->sa_family == AF_INET)
            std::memcpy(&address, one->ifa_addr, sizeof(pj_sockaddr_in));
        else if (one->ifa_addr->sa_family == AF_INET6)
            std::memcpy(&address, one->ifa_addr, sizeof(pj_sockaddr_in6));
        else
            continue;
        own.push_back(door::whole_address_of(address));
    }
    freeifaddrs(list);
}

bool may_knock(const pj_sockaddr& from) {
    const Address address = door::whole_address_of(from);
    return guests != Guests::drop || trunks::may_come_from_anywhere() || is_of_this_machine(address) ||
           trunks::is_peer(address) || edges::is_one(from);
}

bool may_be_answered(const pj_sockaddr& from, std::size_t sent, std::size_t answer) {
    const Address address = door::whole_address_of(from);
    if (is_of_this_machine(address) || trunks::is_peer(address) || edges::is_one(from)) return true;
    const double now = now_s();
    if (guests == Guests::allow) return answer <= sent && strangers.may_be_answered(address, now);
    strangers.knocked(address, "?", "", now);
    return false;
}

void open(Guests wanted, std::vector<door::Network> networks) {
    guests = wanted;
    home = std::move(networks);
    strangers = Strangers{};
    digest::begin();
    look_around();
    trunks::find_accounts();
    module = pjsip_module{};
    module.name = pj_str(const_cast<char*>("mod-gateway-gate"));
    module.id = -1;
    module.priority = PJSIP_MOD_PRIORITY_TRANSPORT_LAYER - 3;
    module.on_rx_request = &on_request;
    media::check("installing the gate", pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module));
}

Strangers::Report turned_back() { return strangers.take(); }

}  // namespace sip::gate
