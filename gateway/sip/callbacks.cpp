// SPDX-License-Identifier: GPL-3.0-or-later

#include "callbacks.hpp"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include "door.hpp"

namespace sip {

namespace {

decltype(pjsua_callback::on_call_state) handed_on = nullptr;

void on_state(pjsua_call_id call, pjsip_event* event) {
    const pjsip_inv_session* const session = pjsua_var.calls[call].inv;
    // An end of our own making is told before the session knows of it, as an event of the user's.
    const bool told = event->type == PJSIP_EVENT_USER || session == nullptr ||
                      session->state == PJSIP_INV_STATE_CONFIRMED ||
                      session->state == PJSIP_INV_STATE_DISCONNECTED;
    if (session != nullptr && session->state == PJSIP_INV_STATE_DISCONNECTED) door::ended(session->dlg);
    if (told) handed_on(call, event);
}

}  // namespace

void leave_out_callbacks() {
    pjsua_callback& callbacks = pjsua_var.ua_cfg.cb;
    callbacks.on_acc_find_for_incoming = nullptr;
    callbacks.on_call_media_event = nullptr;
    callbacks.on_call_media_transport_state = nullptr;
    callbacks.on_stream_created2 = nullptr;
    callbacks.on_stream_destroyed = nullptr;
    callbacks.on_stream_precreate = nullptr;
    if (callbacks.on_call_state == &on_state) return;
    handed_on = callbacks.on_call_state;
    callbacks.on_call_state = &on_state;
}

}  // namespace sip
