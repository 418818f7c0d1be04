// SPDX-License-Identifier: GPL-3.0-or-later

#include "still_here.hpp"

#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

#include <chrono>
#include <string>
#include <unordered_map>
#include <vector>

#include "../media/pj_error.hpp"
#include "answers.hpp"
#include "edges.hpp"

namespace sip {

namespace {

using Clock = std::chrono::steady_clock;

constexpr pj_time_val kEvery{1, 0};
// No set-up lasts longer: neither here nor at an edge (Kamailio's max_inv_lifetime).
constexpr std::chrono::seconds kLongest{180};

// The 100 of a call that has no final answer yet.
struct Trying {
    pjsip_tx_data* response;
    pjsip_transport* transport;
    Clock::time_point since;
};

std::unordered_map<std::string, Trying> in_setup;  // by the branch of the request
pjsip_module module;
pj_timer_entry timer;

std::string branch_of(const pjsip_tx_data* response) {
    const auto* const via = static_cast<const pjsip_via_hdr*>(pjsip_msg_find_hdr(response->msg, PJSIP_H_VIA, nullptr));
    return via == nullptr ? std::string() : std::string(view(via->branch_param));
}

void let_go(const Trying& one) {
    pjsip_transport_dec_ref(one.transport);
    pjsip_tx_data_dec_ref(one.response);
}

void forget(const std::string& branch) {
    const auto found = in_setup.find(branch);
    if (found == in_setup.end()) return;
    let_go(found->second);
    in_setup.erase(found);
}

void wait() {
    pj_time_val delay = kEvery;
    pjsip_endpt_schedule_timer(pjsua_get_pjsip_endpt(), &timer, &delay);
}

void on_time(pj_timer_heap_t*, pj_timer_entry*) {
    const auto now = Clock::now();
    std::vector<std::string> over;
    for (const auto& [branch, one] : in_setup) {
        const auto& to = one.response->tp_info;
        const bool sent = now - one.since <= kLongest && one.transport->is_shutdown == PJ_FALSE &&
                          pjsip_transport_send(one.transport, one.response, &to.dst_addr, to.dst_addr_len, nullptr,
                                               nullptr) == PJ_SUCCESS;
        if (!sent) over.push_back(branch);
    }
    for (const std::string& branch : over) forget(branch);
    if (!in_setup.empty()) wait();
}

pj_status_t on_response(pjsip_tx_data* response) {
    const pjsip_cseq_hdr* const cseq =
        static_cast<const pjsip_cseq_hdr*>(pjsip_msg_find_hdr(response->msg, PJSIP_H_CSEQ, nullptr));
    if (cseq == nullptr || cseq->method.id != PJSIP_INVITE_METHOD || !edges::is_one(response->tp_info.dst_addr))
        return PJ_SUCCESS;
    const int status = response->msg->line.status.code;
    if (status >= 200) {
        forget(branch_of(response));
    } else if (status == PJSIP_SC_TRYING) {
        const bool first = in_setup.empty();
        const auto [_, added] =
            in_setup.try_emplace(branch_of(response), Trying{response, response->tp_info.transport, Clock::now()});
        if (!added) return PJ_SUCCESS;
        pjsip_tx_data_add_ref(response);
        pjsip_transport_add_ref(response->tp_info.transport);
        if (first) wait();
    }
    return PJ_SUCCESS;
}

// The endpoint goes: so do the timer, and what is kept.
pj_status_t on_unload() {
    for (const auto& [_, one] : in_setup) let_go(one);
    in_setup.clear();
    return PJ_SUCCESS;
}

}  // namespace

void say_still_here() {
    module = pjsip_module{};
    module.name = pj_str(const_cast<char*>("mod-gateway-still-here"));
    module.id = -1;
    module.priority = PJSIP_MOD_PRIORITY_TRANSPORT_LAYER - 1;
    module.on_tx_response = &on_response;
    module.unload = &on_unload;
    media::check("saying that calls are being set up", pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module));
    pj_timer_entry_init(&timer, 0, nullptr, &on_time);
}

}  // namespace sip
