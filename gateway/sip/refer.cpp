// SPDX-License-Identifier: GPL-3.0-or-later

#include "refer.hpp"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "answers.hpp"
#include "line_of.hpp"

namespace sip {

namespace {

// The last one of each call.
struct Asked {
    const pjsip_inv_session* session = nullptr;
    std::string call_id;  // a later call's session may lie where this one's did
    int cseq = 0;
    int status = 0;
    bool again = false;  // not the first: a NOTIFY has to say which it means (RFC 3515 section 2.4.6)
    bool told = false;   // how it came out
};
std::array<Asked, PJSUA_MAX_CALLS> asked;
std::unordered_set<pjsua_acc_id> takes;

const pjsip_method kNotify{PJSIP_OTHER_METHOD, {const_cast<char*>("NOTIFY"), 6}};

std::vector<pj_str_t> refer_tos(const pjsip_msg* message) {
    const pj_str_t long_name = pj_str(const_cast<char*>("Refer-To"));
    const pj_str_t compact = pj_str(const_cast<char*>("r"));
    std::vector<pj_str_t> found;
    const void* from = nullptr;
    while (void* const header = pjsip_msg_find_hdr_by_names(message, &long_name, &compact, from)) {
        found.push_back(static_cast<pjsip_generic_string_hdr*>(header)->hvalue);
        from = static_cast<pjsip_hdr*>(header)->next;
        if (from == &message->hdr) break;
    }
    return found;
}

pjsip_status_code ask(pjsua_call_id call, const pj_str_t& to) {
    pjsip_status_code code = PJSIP_SC_DECLINE;
    pjsua_call_setting setting;
    pjsua_call_setting_default(&setting);
    if (pjsua_var.ua_cfg.cb.on_call_transfer_request2 != nullptr)
        pjsua_var.ua_cfg.cb.on_call_transfer_request2(call, &to, &code, &setting);
    return code;
}

void add(pjsip_tx_data* request, const char* name, const std::string& value) {
    pj_str_t name_text = pj_str(const_cast<char*>(name));
    pj_str_t value_text{const_cast<char*>(value.data()), static_cast<pj_ssize_t>(value.size())};
    auto* const header = pjsip_generic_string_hdr_create(request->pool, &name_text, &value_text);
    pjsip_msg_add_hdr(request->msg, reinterpret_cast<pjsip_hdr*>(header));
}

void describe(pjsip_tx_data* request, const Asked& one, int status) {
    const bool last = status >= PJSIP_SC_OK;
    add(request, "Event", one.again ? "refer;id=" + std::to_string(one.cseq) : "refer");
    add(request, "Subscription-State", last ? "terminated;reason=noresource" : "active;expires=60");
    const std::string line =
        "SIP/2.0 " + std::to_string(status) + " " + std::string(view(*pjsip_get_status_text(status))) + "\r\n";
    const pj_str_t type = pj_str(const_cast<char*>("message"));
    const pj_str_t subtype = pj_str(const_cast<char*>("sipfrag"));
    const pj_str_t text{const_cast<char*>(line.data()), static_cast<pj_ssize_t>(line.size())};
    request->msg->body = pjsip_msg_body_create(request->pool, &type, &subtype, &text);
    auto* const version = PJ_POOL_ZALLOC_T(request->pool, pjsip_param);
    version->name = pj_str(const_cast<char*>("version"));
    version->value = pj_str(const_cast<char*>("2.0"));
    pj_list_push_back(&request->msg->body->content_type.param, version);
}

// Not as PJSIP's dialogs send: a far side that has forgotten its REFER answers 481, and they would end the call.
void notify(pjsip_dialog* dialog, const Asked& one, int status) {
    pjsip_tx_data* request = nullptr;
    pjsip_dlg_inc_lock(dialog);
    if (pjsip_dlg_create_request(dialog, &kNotify, -1, &request) == PJ_SUCCESS) {
        dialog->local.cseq++;
        if (dialog->via_addr.host.slen > 0) {
            request->via_addr = dialog->via_addr;
            request->via_tp = dialog->via_tp;
        }
        pjsip_tx_data_set_transport(request, &dialog->tp_sel);
        describe(request, one, status);
    }
    pjsip_endpoint* const endpoint = dialog->endpt;
    pjsip_dlg_dec_lock(dialog);
    if (request != nullptr) pjsip_endpt_send_request(endpoint, request, -1, nullptr, nullptr);
}

}  // namespace

void take_refers(pjsua_acc_id account) {
    takes.insert(account);
    claim_method("REFER");
}

void forget_refer(pjsua_call_id call) { asked[static_cast<std::size_t>(call)] = {}; }

void answer_refer(pjsip_rx_data* request) {
    const std::vector<pj_str_t> to = refer_tos(request->msg_info.msg);
    if (to.size() != 1) return answer(request, PJSIP_SC_BAD_REQUEST);
    const Line line = line_of(request);
    if (line.call < 0 || takes.count(line.account) == 0) return answer(request, PJSIP_SC_DECLINE);
    const pjsip_inv_session* const session = pjsua_var.calls[line.call].inv;
    Asked& last = asked[static_cast<std::size_t>(line.call)];
    const std::string call_id(view(session->dlg->call_id->id));
    const bool known = last.session == session && last.call_id == call_id;
    const int cseq = request->msg_info.cseq->cseq;
    const bool repeated = known && last.cseq == cseq;  // over UDP: our answer was lost
    if (!repeated) last = {session, call_id, cseq, ask(line.call, to.front()), known, false};
    if (last.status / 100 != 2) return answer(request, last.status);
    Headers headers(request);
    headers.copy(reinterpret_cast<const pjsip_hdr*>(session->dlg->local.contact));  // section 2.2
    answer(request, last.status, headers);
    if (!repeated) notify(session->dlg, last, PJSIP_SC_TRYING);
}

void tell_referrer(pjsua_call_id call, int status) {
    if (call < 0 || call >= static_cast<int>(pjsua_var.ua_cfg.max_calls)) return;
    const pjsip_inv_session* const session = pjsua_var.calls[call].inv;
    Asked& last = asked[static_cast<std::size_t>(call)];
    if (session == nullptr || last.session != session || last.told || session->state >= PJSIP_INV_STATE_DISCONNECTED)
        return;
    last.told = status >= PJSIP_SC_OK;
    notify(session->dlg, last, status);
}

}  // namespace sip
