// SPDX-License-Identifier: GPL-3.0-or-later

#include "early_reinvite.hpp"

#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <chrono>
#include <list>

namespace sip {

namespace {

constexpr pj_time_val kBetweenLooks{0, 10};
using Clock = std::chrono::steady_clock;

// Its sender's own patience is T1, 500 ms (RFC 3261 section 17.1.1.2).
constexpr std::chrono::milliseconds kPatience{400};
constexpr std::size_t kMost = 64;  // of all calls; each holds the whole message

struct Waiting {
    pjsip_rx_data* request;
    int priority;
    Clock::time_point until = Clock::now() + kPatience;
};

std::list<Waiting> waiting;
pj_timer_entry timer;
bool scheduled = false;
bool taken = false;  // what is processed now has waited

const pjsip_inv_session* call_of(const pjsip_rx_data* request) {
    const auto& info = request->msg_info;
    pjsip_dialog* const dialog = pjsip_ua_find_dialog(&info.cid->id, &info.to->tag, &info.from->tag, PJ_FALSE);
    return dialog != nullptr ? pjsip_dlg_get_inv_session(dialog) : nullptr;
}

// Whether the INVITE before this one was accepted, and nobody has acknowledged it.
bool is_early(const pjsip_rx_data* request) {
    const pjsip_inv_session* const call = call_of(request);
    const pjsip_transaction* const before = call != nullptr ? call->invite_tsx : nullptr;
    return before != nullptr && before->role == PJSIP_ROLE_UAS && before->status_code / 100 == 2 &&
           request->msg_info.cseq->cseq > before->cseq;
}

bool waits_already(const pjsip_rx_data* request) {
    return std::any_of(waiting.begin(), waiting.end(), [&](const Waiting& one) {
        const auto& info = one.request->msg_info;
        return info.cseq->cseq == request->msg_info.cseq->cseq &&
               pj_strcmp(&info.cid->id, &request->msg_info.cid->id) == 0 &&
               pj_strcmp(&info.from->tag, &request->msg_info.from->tag) == 0;
    });
}

void process(const Waiting& one) {
    pjsip_process_rdata_param where;
    pjsip_process_rdata_param_default(&where);
    where.start_prio = static_cast<unsigned>(one.priority);
    pj_bool_t handled = PJ_FALSE;
    taken = true;
    pjsip_endpt_process_rx_data(pjsua_get_pjsip_endpt(), one.request, &where, &handled);
    taken = false;
    pjsip_rx_data_free_cloned(one.request);
}

void schedule() {
    scheduled = pjsip_endpt_schedule_timer(pjsua_get_pjsip_endpt(), &timer, &kBetweenLooks) == PJ_SUCCESS;
}

void look(pj_timer_heap_t*, pj_timer_entry*) {
    scheduled = false;
    for (auto one = waiting.begin(); one != waiting.end();) {
        if (Clock::now() < one->until && is_early(one->request)) {
            ++one;
        } else {
            const Waiting due = *one;
            one = waiting.erase(one);
            process(due);
        }
    }
    if (!waiting.empty()) schedule();
}

}  // namespace

bool waits_for_ack(pjsip_rx_data* request, int priority) {
    if (taken || request->msg_info.msg->line.req.method.id != PJSIP_INVITE_METHOD || !is_early(request)) return false;
    if (waits_already(request)) return true;  // it was sent again
    Waiting one{nullptr, priority};
    if (waiting.size() >= kMost || pjsip_rx_data_clone(request, 0, &one.request) != PJ_SUCCESS) return false;
    waiting.push_back(one);
    if (!scheduled) {
        pj_timer_entry_init(&timer, 0, nullptr, &look);
        schedule();
    }
    return true;
}

void forget_early_reinvites() {
    if (scheduled) pjsip_endpt_cancel_timer(pjsua_get_pjsip_endpt(), &timer);
    scheduled = false;
    for (const Waiting& one : waiting) pjsip_rx_data_free_cloned(one.request);
    waiting.clear();
}

}  // namespace sip
