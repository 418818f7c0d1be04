// SPDX-License-Identifier: GPL-3.0-or-later

#include "unacknowledged.hpp"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include "../media/pj_error.hpp"

namespace sip {

namespace {

pjsip_module module;
decltype(pjsua_callback::on_call_state) handed_on = nullptr;

// Behind PJSIP's own usage of the dialog, which has sent the BYE by now. The dialog stays until that is over.
void on_transaction(pjsip_transaction* transaction, pjsip_event*) {
    const bool gave_up = transaction->role == PJSIP_ROLE_UAS && transaction->method.id == PJSIP_INVITE_METHOD &&
                         transaction->state == PJSIP_TSX_STATE_TERMINATED &&
                         transaction->status_code == PJSIP_SC_TSX_TIMEOUT;
    if (!gave_up) return;
    pjsip_inv_session* const session = pjsip_dlg_get_inv_session(pjsip_tsx_get_dlg(transaction));
    if (session == nullptr || session->state != PJSIP_INV_STATE_CONNECTING) return;
    pjsip_inv_terminate(session, PJSIP_SC_REQUEST_TIMEOUT, PJ_TRUE);
    session->notify = PJ_FALSE;  // the call's place may be another's when the BYE is answered
}

void on_state(pjsua_call_id call, pjsip_event* event) {
    pjsip_inv_session* const session = pjsua_var.calls[call].inv;
    if (session != nullptr && session->role == PJSIP_ROLE_UAS && session->state == PJSIP_INV_STATE_CONNECTING)
        pjsip_dlg_add_usage(session->dlg, &module, nullptr);
    handed_on(call, event);
}

}  // namespace

void let_go_of_unacknowledged() {
    module = pjsip_module{};
    module.name = pj_str(const_cast<char*>("mod-gateway-unacknowledged"));
    module.id = -1;
    module.priority = PJSIP_MOD_PRIORITY_DIALOG_USAGE + 1;
    module.on_tsx_state = &on_transaction;
    media::check("watching for lost ACKs", pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module));
    handed_on = pjsua_var.ua_cfg.cb.on_call_state;
    pjsua_var.ua_cfg.cb.on_call_state = &on_state;
}

}  // namespace sip
