// SPDX-License-Identifier: GPL-3.0-or-later
#include "line_of.hpp"

#include <pjsip_ua.h>
#include <pjsua-lib/pjsua_internal.h>

#include "trunks.hpp"

namespace sip {

namespace {

// Ours is the To tag of what comes, the From tag of what answers us.
pjsip_dialog* dialog_of(const pjsip_rx_data* message) {
    const auto& info = message->msg_info;
    const bool request = info.msg->type == PJSIP_REQUEST_MSG;
    const pj_str_t& ours = request ? info.to->tag : info.from->tag;
    const pj_str_t& theirs = request ? info.from->tag : info.to->tag;
    pjsip_dialog* dialog = ours.slen > 0 ? pjsip_ua_find_dialog(&info.cid->id, &ours, &theirs, PJ_FALSE) : nullptr;
    if (dialog == nullptr && !request)  // the first answer to an INVITE of ours
        if (pjsip_transaction* const asked = pjsip_rdata_get_tsx(const_cast<pjsip_rx_data*>(message)))
            dialog = pjsip_tsx_get_dlg(asked);
    return dialog;
}

}  // namespace

Line line_of(const pjsip_rx_data* message) {
    if (pjsip_dialog* const dialog = dialog_of(message)) {
        const pjsip_inv_session* const session = pjsip_dlg_get_inv_session(dialog);
        const auto* const call =
            session != nullptr ? static_cast<const pjsua_call*>(session->mod_data[pjsua_var.mod.id]) : nullptr;
        if (call != nullptr) return Line{static_cast<pjsua_call_id>(call->index), call->acc_id};
    }
    const bool request = message->msg_info.msg->type == PJSIP_REQUEST_MSG;
    const int account = request ? trunks::account_of(message) : PJSUA_INVALID_ID;
    return Line{PJSUA_INVALID_ID, account >= 0 ? account : pjsua_acc_get_default()};
}

Line line_of(pjsua_call_id call) {
    const bool known = call >= 0 && call < static_cast<int>(pjsua_var.ua_cfg.max_calls);
    return known ? Line{call, pjsua_var.calls[call].acc_id} : Line{};
}

}  // namespace sip
