// SPDX-License-Identifier: GPL-3.0-or-later

#include "info.hpp"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <array>
#include <optional>
#include <string_view>

#include "key_text.hpp"

namespace sip {

namespace {

constexpr const char* kAccept = "application/dtmf, application/dtmf-relay, audio/telephone-event";
constexpr int kBadInfoPackage = 469;

std::string_view view(const pj_str_t& text) { return {text.ptr, static_cast<std::size_t>(text.slen)}; }

bool is(const pjsip_media_type& type, const char* kind, const char* subtype) {
    return pj_stricmp2(&type.type, kind) == 0 && pj_stricmp2(&type.subtype, subtype) == 0;
}

struct Pressed {
    const pjsip_inv_session* session = nullptr;
    char key = kNoKey;
};
std::array<Pressed, PJSUA_MAX_CALLS> pressed;

// Of some phones one INFO comes when a key is pressed and another when it is let go, of others one alone. The end
// of what was told already is no other key: kFlash, with which nothing is done.
char key_of_event(pjsua_call_id call, const KeyEvent& event) {
    Pressed& before = pressed[static_cast<std::size_t>(call)];
    const pjsip_inv_session* const session = pjsua_var.calls[call].inv;
    const bool known = event.ends && event.key != kNoKey && before.session == session && before.key == event.key;
    before = {session, event.ends ? kNoKey : event.key};
    return known ? kFlash : event.key;
}

// The key in a body; nothing for a type that holds none.
std::optional<char> key_of(pjsua_call_id call, const pjsip_msg_body& body) {
    const std::string_view text(static_cast<const char*>(body.data), body.len);
    const pjsip_media_type& type = body.content_type;
    if (is(type, "application", "dtmf") || is(type, "application", "dtmf-relay")) return key_in(text);
    if (is(type, "audio", "telephone-event")) return key_of_event(call, event_in(text));
    return std::nullopt;
}

void tell(pjsua_call_id call, char key) {
    if (pjsua_var.ua_cfg.cb.on_dtmf_event == nullptr) return;
    pjsua_dtmf_event event{};
    event.method = PJSUA_DTMF_METHOD_SIP_INFO;
    event.digit = static_cast<unsigned>(key);
    event.duration = PJSUA_UNKNOWN_DTMF_DURATION;
    event.flags = PJMEDIA_STREAM_DTMF_IS_END;
    pjsua_var.ua_cfg.cb.on_dtmf_event(call, &event);
}

// A failure to send is the network's; the sender will ask again.
void answer(pjsip_transaction* transaction, pjsip_rx_data* request, int status, const char* name = nullptr,
            const char* value = "") {
    pjsip_tx_data* response = nullptr;
    if (pjsip_endpt_create_response(transaction->endpt, request, status, nullptr, &response) != PJ_SUCCESS)
        return;
    if (name != nullptr) {
        pj_str_t name_text = pj_str(const_cast<char*>(name));
        pj_str_t value_text = pj_str(const_cast<char*>(value));
        auto* const header = pjsip_generic_string_hdr_create(response->pool, &name_text, &value_text);
        pjsip_msg_add_hdr(response->msg, reinterpret_cast<pjsip_hdr*>(header));
    }
    pjsip_tsx_send_msg(transaction, response);
}

void on_info(pjsua_call_id call, pjsip_transaction* transaction, pjsip_rx_data* request) {
    const pjsip_msg* const message = request->msg_info.msg;
    const pjsip_msg_body* const body = message->body;
    const pj_str_t package = pj_str(const_cast<char*>("Info-Package"));
    if (pjsip_msg_find_hdr_by_name(message, &package, nullptr) != nullptr)
        return answer(transaction, request, kBadInfoPackage, "Recv-Info");
    if (body == nullptr || body->len == 0) return answer(transaction, request, PJSIP_SC_OK);
    if (is(body->content_type, "application", "media_control+xml")) return;  // pjsua's
    const std::optional<char> key = key_of(call, *body);
    if (!key) return answer(transaction, request, PJSIP_SC_UNSUPPORTED_MEDIA_TYPE, "Accept", kAccept);
    if (*key != kNoKey && *key != kFlash) tell(call, *key);
    answer(transaction, request, *key != kNoKey ? PJSIP_SC_OK : PJSIP_SC_BAD_REQUEST);
}

decltype(pjsua_callback::on_call_tsx_state) handed_on = nullptr;

void on_transaction(pjsua_call_id call, pjsip_transaction* transaction, pjsip_event* event) {
    const bool asks = transaction->role == PJSIP_ROLE_UAS && transaction->state == PJSIP_TSX_STATE_TRYING;
    if (!asks || view(transaction->method.name) != "INFO") return handed_on(call, transaction, event);
    if (event->type == PJSIP_EVENT_TSX_STATE && event->body.tsx_state.type == PJSIP_EVENT_RX_MSG)
        on_info(call, transaction, event->body.tsx_state.src.rdata);
}

}  // namespace

void answer_info() {
    auto& callback = pjsua_var.ua_cfg.cb.on_call_tsx_state;
    if (callback == &on_transaction) return;
    handed_on = callback;
    callback = &on_transaction;
}

}  // namespace sip
