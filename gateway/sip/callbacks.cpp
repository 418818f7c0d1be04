// SPDX-License-Identifier: GPL-3.0-or-later

#include "callbacks.hpp"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include "door.hpp"
#include "refer.hpp"
#include "spoken.hpp"

namespace sip {

namespace {

decltype(pjsua_callback::on_call_state) handed_on = nullptr;
decltype(pjsua_callback::on_call_tsx_state) transaction_handed_on = nullptr;

void on_state(pjsua_call_id call, pjsip_event* event) {
    const pjsip_inv_session* const session = pjsua_var.calls[call].inv;
    const bool on_its_way =
        session != nullptr && session->role == PJSIP_ROLE_UAC &&
        (session->state == PJSIP_INV_STATE_EARLY || session->state == PJSIP_INV_STATE_CONNECTING);
    // An end of our own making is told before the session knows of it, as an event of the user's.
    const bool told = event->type == PJSIP_EVENT_USER || session == nullptr || on_its_way ||
                      session->state == PJSIP_INV_STATE_CONFIRMED ||
                      session->state == PJSIP_INV_STATE_DISCONNECTED;
    if (session != nullptr && session->state == PJSIP_INV_STATE_DISCONNECTED) {
        door::ended(session->dlg);
        forget_spoken(call);
        forget_refer(call);
    }
    if (told) handed_on(call, event);
}

// Only a new offer of ours that was refused: nothing else tells of it. Of all others pjsua2's own copy is not made.
void on_transaction(pjsua_call_id call, pjsip_transaction* transaction, pjsip_event* event) {
    const pjsip_inv_session* const session = pjsua_var.calls[call].inv;
    const bool refused = transaction->role == PJSIP_ROLE_UAC && transaction->method.id == PJSIP_INVITE_METHOD &&
                         transaction->state == PJSIP_TSX_STATE_COMPLETED &&
                         transaction->status_code >= PJSIP_SC_MULTIPLE_CHOICES;
    if (refused && session != nullptr && session->state == PJSIP_INV_STATE_CONFIRMED)
        transaction_handed_on(call, transaction, event);
}

}  // namespace

void leave_out_callbacks() {
    pjsua_callback& callbacks = pjsua_var.ua_cfg.cb;
    callbacks.on_call_media_event = nullptr;
    callbacks.on_call_media_transport_state = nullptr;
    callbacks.on_stream_created2 = nullptr;
    callbacks.on_stream_destroyed = nullptr;
    callbacks.on_stream_precreate = nullptr;
    if (callbacks.on_call_state == &on_state) return;
    handed_on = callbacks.on_call_state;
    callbacks.on_call_state = &on_state;
    transaction_handed_on = callbacks.on_call_tsx_state;
    callbacks.on_call_tsx_state = &on_transaction;
}

}  // namespace sip
