// SPDX-License-Identifier: GPL-3.0-or-later

#include "audio_hosts.hpp"

#include <pjsua-lib/pjsua_internal.h>

#include <optional>
#include <unordered_map>
#include <utility>

namespace sip {

namespace {

AudioHost four{"0.0.0.0", ""};
AudioHost six{};
std::unordered_map<pjsua_acc_id, AudioHost> own;  // of accounts that are at another address of ours

const AudioHost& host_of(pjsua_acc_id account, bool over_six) {
    const auto found = own.find(account);
    const bool fits = found != own.end() && (found->second.bound.find(':') != std::string::npos) == over_six;
    return fits ? found->second : over_six ? six : four;
}

pj_str_t text(const std::string& value) {
    return {const_cast<char*>(value.data()), static_cast<pj_ssize_t>(value.size())};
}

// What a call's sockets are of; nothing while there are none.
std::optional<bool> sockets_are_six(pjsua_call_id call) {
    if (call < 0 || call >= static_cast<int>(pjsua_var.ua_cfg.max_calls)) return std::nullopt;
    const pjsua_call& one = pjsua_var.calls[call];
    for (unsigned i = 0; i < one.med_cnt; ++i) {
        if (one.media[i].tp == nullptr) continue;
        pjmedia_transport_info info;
        pjmedia_transport_info_init(&info);
        if (pjmedia_transport_get_info(one.media[i].tp, &info) != PJ_SUCCESS) continue;
        return info.sock_info.rtp_addr_name.addr.sa_family == pj_AF_INET6();
    }
    return std::nullopt;
}

}  // namespace

void take_audio_at(AudioHost over_four, AudioHost over_six) {
    four = std::move(over_four);
    six = std::move(over_six);
    own.clear();
}

void take_audio_of(pjsua_acc_id account, AudioHost host) { own.insert_or_assign(account, std::move(host)); }

void name_public(const std::string& host) {
    const std::string before = std::exchange(four.named, host);
    for (pjsua_transport_data& one : pjsua_var.tpdata) {
        if (one.data.ptr == nullptr || (one.type & PJSIP_TRANSPORT_IPV6) != 0) continue;
        if (!before.empty() && pj_strcmp2(&one.local_name.host, before.c_str()) != 0) continue;  // of another address
        const bool datagram = (pjsip_transport_get_flag_from_type(one.type) & PJSIP_TRANSPORT_DATAGRAM) != 0;
        // In memory of the listener's own: what stood there before goes with it.
        if (datagram) {
            pj_strdup2(one.data.tp->pool, &one.data.tp->local_name.host, host.c_str());
            one.local_name.host = one.data.tp->local_name.host;
        } else {
            one.data.factory->has_addr_name = PJ_TRUE;
            pj_strdup2(pjsua_var.pool, &one.data.factory->addr_name.host, host.c_str());
            one.local_name.host = one.data.factory->addr_name.host;
        }
    }
}

bool may_have_audio(pjsua_call_id call, bool over_six) {
    if ((over_six ? six : four).bound.empty()) return false;
    return sockets_are_six(call).value_or(over_six) == over_six;
}

void lead_audio(pjsua_acc_id account, bool over_six) {
    if (account < 0 || !pjsua_acc_is_valid(account)) return;
    const bool there = !(over_six ? six : four).bound.empty();
    const bool goes_six = there ? over_six : !over_six;
    const AudioHost& host = host_of(account, goes_six);
    pjsua_acc_config& config = pjsua_var.acc[account].cfg;
    config.rtp_cfg.bound_addr = text(host.bound);
    config.rtp_cfg.public_addr = text(host.named);
    config.ipv6_media_use = goes_six ? PJSUA_IPV6_ENABLED_USE_IPV6_ONLY : PJSUA_IPV6_DISABLED;
}

void lead_audio_of(pjsua_call_id call) {
    if (call < 0 || call >= static_cast<int>(pjsua_var.ua_cfg.max_calls) || sockets_are_six(call)) return;
    const pjsip_inv_session* const session = pjsua_var.calls[call].inv;
    const pjsip_transaction* const invite = session != nullptr ? session->invite_tsx : nullptr;
    if (invite == nullptr || invite->transport == nullptr) return;
    lead_audio(pjsua_var.calls[call].acc_id, (invite->transport->key.type & PJSIP_TRANSPORT_IPV6) != 0);
}

bool is_six(const pjmedia_sdp_session& sdp, const pjmedia_sdp_media& media) {
    const pjmedia_sdp_conn* const at = media.conn != nullptr ? media.conn : sdp.conn;
    return at != nullptr && pj_stricmp2(&at->addr_type, "IP6") == 0;
}

}  // namespace sip
