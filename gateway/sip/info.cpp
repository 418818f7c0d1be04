// SPDX-License-Identifier: GPL-3.0-or-later

#include "info.hpp"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <array>
#include <charconv>
#include <string_view>

namespace sip {

namespace {

constexpr const char* kAccept = "application/dtmf, application/dtmf-relay";
constexpr int kBadInfoPackage = 469;

std::string_view view(const pj_str_t& text) { return {text.ptr, static_cast<std::size_t>(text.slen)}; }

bool is(const pjsip_media_type& type, const char* subtype) {
    return pj_stricmp2(&type.type, "application") == 0 && pj_stricmp2(&type.subtype, subtype) == 0;
}

// The key of an application/dtmf body: itself, or its number as an event (RFC 4733 section 3.2); 0 for none.
char key_in(const pjsip_msg_body& body) {
    constexpr std::string_view keys = "0123456789*#ABCD";
    std::string_view text(static_cast<const char*>(body.data), body.len);
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return 0;
    text = text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
    if (text.size() == 1 && keys.find(text.front()) != std::string_view::npos) return text.front();
    std::size_t number = keys.size();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && number < keys.size() ? keys[number] : '\0';
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
    const pjsip_media_type& type = body->content_type;
    if (is(type, "dtmf-relay") || is(type, "media_control+xml")) return;  // pjsua's
    if (!is(type, "dtmf")) return answer(transaction, request, PJSIP_SC_UNSUPPORTED_MEDIA_TYPE, "Accept", kAccept);
    const char key = key_in(*body);
    if (key != 0) tell(call, key);
    answer(transaction, request, key != 0 ? PJSIP_SC_OK : PJSIP_SC_BAD_REQUEST);
}

// Nobody but us listens to transactions: pjsua2's own copy of each is not made.
void on_transaction(pjsua_call_id call, pjsip_transaction* transaction, pjsip_event* event) {
    const bool asks = transaction->role == PJSIP_ROLE_UAS && transaction->state == PJSIP_TSX_STATE_TRYING;
    if (!asks || view(transaction->method.name) != "INFO") return;
    if (event->type == PJSIP_EVENT_TSX_STATE && event->body.tsx_state.type == PJSIP_EVENT_RX_MSG)
        on_info(call, transaction, event->body.tsx_state.src.rdata);
}

}  // namespace

void answer_info() { pjsua_var.ua_cfg.cb.on_call_tsx_state = &on_transaction; }

}  // namespace sip
