// SPDX-License-Identifier: GPL-3.0-or-later

#include "door.hpp"

#include <netinet/in.h>
#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <string_view>

#include "../media/pj_error.hpp"
#include "answers.hpp"
#include "edges.hpp"

namespace sip::door {

namespace {

constexpr int kRetryAfterS = 5;
constexpr double kPatienceS = 2;
constexpr pj_time_val kLookEvery{0, 20};
constexpr std::size_t kMostWaiting = 200;
constexpr std::size_t kMostOfOne = 100;

struct Waiting {
    pjsip_rx_data* invite;  // a copy of ours
    Address source;
    std::string call;
    double since;
};

Sources sources{SourceLimits{}};
std::vector<Network> exempt;
std::deque<Waiting> waiting;
pj_timer_entry timer;
pjsip_module judge_module;     // sees what no transaction knows
pjsip_module listener_module;  // sees every ACK and every answer

double now_s() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// --------------------------------------------------------------------------------------------- who it is

std::string call_of(const pj_str_t& call_id, const pj_str_t& from_tag) {
    std::string call(view(call_id));
    return call.append(1, '\n').append(view(from_tag));
}

std::string call_of(const pjsip_rx_data* request) {
    return call_of(request->msg_info.cid->id, request->msg_info.from->tag);
}

// -------------------------------------------------------------------------------------- those who wait

void refuse(pjsip_rx_data* invite) {
    Headers headers(invite);
    headers.retry_after(kRetryAfterS);
    answer(invite, PJSIP_SC_SERVICE_UNAVAILABLE, headers);
}

void go_on(pjsip_rx_data* invite) {
    pjsip_process_rdata_param from_here;
    pjsip_process_rdata_param_default(&from_here);
    from_here.start_mod = &judge_module;
    from_here.idx_after_start = 1;
    from_here.silent = PJ_TRUE;
    pj_bool_t handled = PJ_FALSE;
    pjsip_endpt_process_rx_data(pjsua_get_pjsip_endpt(), invite, &from_here, &handled);
}

void look_again_soon() {
    if (timer.id != 0 || waiting.empty()) return;
    timer.id = pjsip_endpt_schedule_timer(pjsua_get_pjsip_endpt(), &timer, &kLookEvery) == PJ_SUCCESS;
}

void on_timer(pj_timer_heap_t*, pj_timer_entry*) {
    timer.id = 0;
    const double now = now_s();
    std::deque<Waiting> looked_at;
    looked_at.swap(waiting);
    for (const Waiting& one : looked_at) {
        const Verdict verdict = sources.judge(one.source, one.call, now, now - one.since >= kPatienceS);
        if (verdict == Verdict::wait) {
            waiting.push_back(one);
            continue;
        }
        if (verdict == Verdict::let_in) go_on(one.invite);
        if (verdict == Verdict::refuse) refuse(one.invite);
        pjsip_rx_data_free_cloned(one.invite);
    }
    look_again_soon();
}

auto find_waiting(const std::string& call) {
    return std::find_if(waiting.begin(), waiting.end(), [&](const Waiting& one) { return one.call == call; });
}

bool keep(pjsip_rx_data* invite, const Address& source, const std::string& call) {
    const auto of_this_one = std::count_if(waiting.begin(), waiting.end(),
                                           [&](const Waiting& one) { return one.source == source; });
    if (waiting.size() >= kMostWaiting || static_cast<std::size_t>(of_this_one) >= kMostOfOne) return false;
    pjsip_rx_data* copy = nullptr;
    if (pjsip_rx_data_clone(invite, 0, &copy) != PJ_SUCCESS) return false;
    waiting.push_back({copy, source, call, now_s()});
    look_again_soon();
    return true;
}

// RFC 3261 section 9.2, for an INVITE that has no transaction yet.
bool cancel(pjsip_rx_data* request) {
    const auto found = waiting.empty() ? waiting.end() : find_waiting(call_of(request));
    if (found == waiting.end() || found->invite->msg_info.cseq->cseq != request->msg_info.cseq->cseq) return false;
    answer(request, PJSIP_SC_OK);
    answer(found->invite, PJSIP_SC_REQUEST_TERMINATED);
    pjsip_rx_data_free_cloned(found->invite);
    waiting.erase(found);
    return true;
}

// ---------------------------------------------------------------------------------------------- modules

pj_bool_t judge(pjsip_rx_data* invite) {
    const pj_sockaddr sender = edges::sender_of(invite);
    if (is_exempt(sender) || is_exempt(invite->pkt_info.src_addr)) return PJ_FALSE;
    const Address source = address_of(sender);
    const std::string call = call_of(invite);
    if (!waiting.empty() && find_waiting(call) != waiting.end()) return PJ_TRUE;
    Verdict verdict = sources.judge(source, call, now_s());
    if (verdict == Verdict::wait) {
        if (keep(invite, source, call)) return PJ_TRUE;
        verdict = sources.judge(source, call, now_s(), true);
    }
    if (verdict == Verdict::refuse) refuse(invite);
    return verdict == Verdict::let_in ? PJ_FALSE : PJ_TRUE;
}

pj_bool_t on_request(pjsip_rx_data* request) {
    const pjsip_method_e method = request->msg_info.msg->line.req.method.id;
    if (request->msg_info.to->tag.slen > 0) return PJ_FALSE;
    if (method == PJSIP_INVITE_METHOD) return judge(request);
    return method == PJSIP_CANCEL_METHOD && cancel(request) ? PJ_TRUE : PJ_FALSE;
}

pj_bool_t listen_to_request(pjsip_rx_data* request) {
    const pjsip_method_e method = request->msg_info.msg->line.req.method.id;
    const pj_str_t& tag = request->msg_info.to->tag;
    if (tag.slen > 0 && (method == PJSIP_ACK_METHOD || method == PJSIP_BYE_METHOD))
        sources.acknowledged(call_of(request), view(tag), now_s());
    return PJ_FALSE;
}

pj_status_t listen_to_answer(pjsip_tx_data* response) {
    const pjsip_msg* const message = response->msg;
    const auto* const cseq = static_cast<const pjsip_cseq_hdr*>(pjsip_msg_find_hdr(message, PJSIP_H_CSEQ, nullptr));
    if (cseq == nullptr || cseq->method.id != PJSIP_INVITE_METHOD) return PJ_SUCCESS;
    const auto* const id = static_cast<const pjsip_cid_hdr*>(pjsip_msg_find_hdr(message, PJSIP_H_CALL_ID, nullptr));
    const auto* const from = static_cast<const pjsip_from_hdr*>(pjsip_msg_find_hdr(message, PJSIP_H_FROM, nullptr));
    const auto* const to = static_cast<const pjsip_to_hdr*>(pjsip_msg_find_hdr(message, PJSIP_H_TO, nullptr));
    if (id == nullptr || from == nullptr || to == nullptr) return PJ_SUCCESS;
    sources.answered(call_of(id->id, from->tag), view(to->tag), message->line.status.code, now_s());
    return PJ_SUCCESS;
}

// Before PJSIP's transports go, which our copies hold.
pj_status_t on_stop() {
    if (timer.id != 0) pjsip_endpt_cancel_timer(pjsua_get_pjsip_endpt(), &timer);
    timer.id = 0;
    for (const Waiting& one : waiting) pjsip_rx_data_free_cloned(one.invite);
    waiting.clear();
    return PJ_SUCCESS;
}

void add(pjsip_module& module, const char* name, int priority) {
    module.name = pj_str(const_cast<char*>(name));
    module.id = -1;
    module.priority = priority;
    media::check("installing the door", pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module));
}

}  // namespace

bool is_within(const Address& address, const Network& network) {
    const unsigned whole = network.prefix / 8;
    if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole, network.address.bytes.begin())) return false;
    const unsigned mask = 0xff00U >> (network.prefix % 8) & 0xffU;
    return mask == 0 || ((address.bytes[whole] ^ network.address.bytes[whole]) & mask) == 0;
}

Address address_of(const pj_sockaddr& from) {
    Address address;
    if (from.addr.sa_family == pj_AF_INET6()) {
        std::memcpy(address.bytes.data(), pj_sockaddr_get_addr(&from), 16);
        const bool mapped = IN6_IS_ADDR_V4MAPPED(reinterpret_cast<const in6_addr*>(address.bytes.data()));
        if (!mapped) std::fill(address.bytes.begin() + 8, address.bytes.end(), std::uint8_t{0});
        return address;
    }
    address.bytes[10] = address.bytes[11] = 0xff;
    std::memcpy(&address.bytes[12], pj_sockaddr_get_addr(&from), 4);
    return address;
}

Address whole_address_of(const pj_sockaddr& from) {
    if (from.addr.sa_family != pj_AF_INET6()) return address_of(from);
    Address address;
    std::memcpy(address.bytes.data(), pj_sockaddr_get_addr(&from), address.bytes.size());
    return address;
}

bool is_exempt(const pj_sockaddr& from) {
    const Address address = whole_address_of(from);
    return std::any_of(exempt.begin(), exempt.end(), [&](const Network& network) { return is_within(address, network); });
}

void open(const SourceLimits& limits, std::vector<Network> networks) {
    sources = Sources(limits);
    exempt = std::move(networks);
    pj_timer_entry_init(&timer, 0, nullptr, &on_timer);
    judge_module = pjsip_module{};
    judge_module.on_rx_request = &on_request;
    judge_module.stop = &on_stop;
    add(judge_module, "mod-gateway-door", PJSIP_MOD_PRIORITY_TSX_LAYER + 1);
    listener_module = pjsip_module{};
    listener_module.on_rx_request = &listen_to_request;
    listener_module.on_tx_response = &listen_to_answer;
    add(listener_module, "mod-gateway-door-listener", PJSIP_MOD_PRIORITY_TSX_LAYER - 2);
}

void ended(const pjsip_dialog* dialog) {
    sources.ended(call_of(dialog->call_id->id, dialog->remote.info->tag), now_s());
}

Sources::Report turned_away() { return sources.turned_away(); }

}  // namespace sip::door
