// SPDX-License-Identifier: GPL-3.0-or-later

#include "in_dialog.hpp"

#include <pjsip_simple.h>
#include <pjsip_ua.h>

#include <algorithm>
#include <array>

#include "answers.hpp"
#include "refer.hpp"

namespace sip {

namespace {

constexpr int kBadEvent = 489;
constexpr std::array<std::string_view, 4> kDialogs = {"INVITE", "UPDATE", "INFO", "PRACK"};
constexpr std::array<std::string_view, 2> kNotServed = {"PUBLISH", "MESSAGE"};

template <std::size_t N>
bool in(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void answer_options(pjsip_rx_data* request) {
    Headers headers(request);
    for (const int what : {PJSIP_H_ALLOW, PJSIP_H_ACCEPT, PJSIP_H_SUPPORTED}) headers.capability(what);
    answer(request, PJSIP_SC_OK, headers);
}

void refuse_method(pjsip_rx_data* request, int status) {
    Headers headers(request);
    headers.capability(PJSIP_H_ALLOW);
    answer(request, status, headers);
}

// A dialog outlives its call while transactions of it are waiting for retransmissions.
bool is_there(const pjsip_rx_data* request) {
    const auto& info = request->msg_info;
    pjsip_dialog* const dialog = pjsip_ua_find_dialog(&info.cid->id, &info.to->tag, &info.from->tag, PJ_FALSE);
    const pjsip_inv_session* const call = dialog != nullptr ? pjsip_dlg_get_inv_session(dialog) : nullptr;
    return call != nullptr && call->state < PJSIP_INV_STATE_DISCONNECTED;
}

// A NOTIFY of what became of a REFER of ours (RFC 3515 section 2.4.4): PJSIP's own subscription takes it.
bool tells_of_refer(const pjsip_rx_data* request) {
    const auto& info = request->msg_info;
    const pjsip_dialog* const dialog = pjsip_ua_find_dialog(&info.cid->id, &info.to->tag, &info.from->tag, PJ_FALSE);
    return dialog != nullptr && dialog->mod_data[pjsip_evsub_instance()->id] != nullptr;
}

}  // namespace

bool answer_in_dialog(pjsip_rx_data* request) {
    const pjsip_method& method = request->msg_info.msg->line.req.method;
    // REGISTER makes and needs no dialog (RFC 3261 section 10.2): a tag in it means nothing.
    if (method.id == PJSIP_ACK_METHOD || method.id == PJSIP_CANCEL_METHOD || method.id == PJSIP_BYE_METHOD ||
        method.id == PJSIP_REGISTER_METHOD)
        return false;
    if (!is_there(request)) {
        answer(request, PJSIP_SC_CALL_TSX_DOES_NOT_EXIST);
        return true;
    }
    if (refuse_extension(request)) return true;
    const std::string_view name = view(method.name);
    if (in(kDialogs, name)) return false;
    if (method.id == PJSIP_OPTIONS_METHOD)
        answer_options(request);
    else if (name == "REFER")
        answer_refer(request);
    else if (name == "SUBSCRIBE")
        answer(request, kBadEvent);
    else if (name == "NOTIFY" && tells_of_refer(request))
        return false;
    else if (name == "NOTIFY")
        answer(request, PJSIP_SC_CALL_TSX_DOES_NOT_EXIST);
    else
        refuse_method(request, in(kNotServed, name) ? PJSIP_SC_METHOD_NOT_ALLOWED : PJSIP_SC_NOT_IMPLEMENTED);
    return true;
}

void correct_prack(pjsip_tx_data* response) {
    auto& line = response->msg->line.status;
    if (line.code != PJSIP_SC_BAD_REQUEST) return;
    const auto* const cseq =
        static_cast<const pjsip_cseq_hdr*>(pjsip_msg_find_hdr(response->msg, PJSIP_H_CSEQ, nullptr));
    if (cseq == nullptr || view(cseq->method.name) != "PRACK") return;
    line.code = PJSIP_SC_CALL_TSX_DOES_NOT_EXIST;
    line.reason = *pjsip_get_status_text(line.code);
}

}  // namespace sip
