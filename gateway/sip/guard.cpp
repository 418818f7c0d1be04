// SPDX-License-Identifier: GPL-3.0-or-later
// gateway.sip._guard: answers to whatever knocks outside of calls.
//
// pjsua leaves this to the application, and pjsua2 has no callback for it: out of the box REGISTER and
// unknown methods get no answer at all, and OPTIONS is 200 even while the process drains. A scanner learns
// nothing from us that it could not guess; a load balancer learns the truth.
//
//   OPTIONS    200 with Allow, Accept and Supported (RFC 3261 section 11.2);
//              503 with Retry-After while unavailable, also while the event loop, on which all calls are
//              led, is late: it beats; 420 as section 8.2.2.3 asks
//   REGISTER, SUBSCRIBE, MESSAGE and other methods that exist: 405 with Allow (section 8.2.1)
//   methods that nobody knows: 501 (section 21.5.2)
//
// (Section 8.2.2.1's 416 cannot be sent: PJSIP's parser drops a Request-URI of unknown scheme before us.)
//
// All stateless: nothing to keep for whoever sends a million of them. INVITE, ACK, BYE, CANCEL and requests
// inside a dialog are none of our business: the module sits between the dialog layer, which takes those
// with a To tag, and pjsua's own modules. One exception: OPTIONS inside a call, with which carriers ask
// whether the call is still there, is answered 500 by a dialog that nobody told about it. A second module
// in front of the dialog layer answers 200, or 481 where there is no such call (section 12.2.2). What INFO
// gets inside a call is in info.hpp, and which SDP is refused in sdp_guard.hpp.
//
// Threads: everything on the SIP thread.

#include <nanobind/nanobind.h>
#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "callbacks.hpp"
#include "info.hpp"
#include "sdp_guard.hpp"
#include "sip_error.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

constexpr const char* kAllow = "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, NOTIFY";

// Registered at IANA and not served outside of calls. The others are unknown: 501.
constexpr std::array<std::string_view, 9> kNotServed = {
    "REGISTER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE", "REFER", "INFO", "UPDATE", "PRACK"};

int retry_after_s = 0;  // 0: available

// The event loop's last sign of life, in nanoseconds of the steady clock; 0 before the first.
std::atomic<std::int64_t> last_beat{0};
constexpr std::chrono::milliseconds kLate{1250};  // a second behind a beat that comes every 250 ms
constexpr int kLateRetryAfterS = 5;

std::int64_t now_ns() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void beat() noexcept { last_beat.store(now_ns(), std::memory_order_relaxed); }

bool loop_is_late() noexcept {
    const std::int64_t last = last_beat.load(std::memory_order_relaxed);
    return last != 0 && std::chrono::nanoseconds(now_ns() - last) > kLate;
}

// What OPTIONS is told; 0: 200.
int wait_s() noexcept { return retry_after_s > 0 ? retry_after_s : loop_is_late() ? kLateRetryAfterS : 0; }

// ---------------------------------------------------------------------------------------------- answers

std::string_view view(const pj_str_t& text) { return {text.ptr, static_cast<std::size_t>(text.slen)}; }

// Headers of an answer, in memory that lives as long as the request.
class Headers {
public:
    explicit Headers(pjsip_rx_data* request) : pool_(request->tp_info.pool) { pj_list_init(&list_); }

    void text(const char* name, std::string_view value) {
        pj_str_t name_text = pj_str(const_cast<char*>(name));
        pj_str_t value_text{const_cast<char*>(value.data()), static_cast<pj_ssize_t>(value.size())};
        pj_list_push_back(&list_, pjsip_generic_string_hdr_create(pool_, &name_text, &value_text));
    }

    void retry_after(int seconds) { pj_list_push_back(&list_, pjsip_retry_after_hdr_create(pool_, seconds)); }

    void capability(int type) {
        const pjsip_hdr* header = pjsip_endpt_get_capability(pjsua_get_pjsip_endpt(), type, nullptr);
        if (header != nullptr) pj_list_push_back(&list_, pjsip_hdr_clone(pool_, header));
    }

    const pjsip_hdr* list() const { return &list_; }

private:
    pj_pool_t* pool_;
    pjsip_hdr list_;
};

// A failure to send is the network's; the sender will ask again.
void answer(pjsip_rx_data* request, int status, const Headers& headers) {
    pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), request, status, nullptr, headers.list(), nullptr);
}

// ---------------------------------------------------------------------------------------------- OPTIONS

// The first extension that the request insists on and that we do not have; empty if there is none.
std::string_view unsupported_extension(pjsip_rx_data* request) {
    const pjsip_require_hdr* require = request->msg_info.require;
    for (unsigned i = 0; require != nullptr && i < require->count; ++i) {
        const bool supported = pjsip_endpt_has_capability(pjsua_get_pjsip_endpt(), PJSIP_H_SUPPORTED, nullptr,
                                                          &require->values[i]) != PJ_FALSE;
        if (!supported) return view(require->values[i]);
    }
    return {};
}

void answer_options(pjsip_rx_data* request) {
    Headers headers(request);
    if (const std::string_view tag = unsupported_extension(request); !tag.empty()) {
        headers.text("Unsupported", tag);
        return answer(request, PJSIP_SC_BAD_EXTENSION, headers);
    }
    if (const int seconds = wait_s(); seconds > 0) {
        headers.retry_after(seconds);
        return answer(request, PJSIP_SC_SERVICE_UNAVAILABLE, headers);
    }
    headers.text("Allow", kAllow);
    headers.text("Accept", "application/sdp");
    headers.capability(PJSIP_H_SUPPORTED);
    answer(request, PJSIP_SC_OK, headers);
}

void answer_options_in_dialog(pjsip_rx_data* request) {
    const auto& info = request->msg_info;
    const pjsip_dialog* dialog = pjsip_ua_find_dialog(&info.cid->id, &info.to->tag, &info.from->tag, PJ_FALSE);
    Headers headers(request);
    if (dialog != nullptr) headers.text("Allow", kAllow);
    answer(request, dialog != nullptr ? PJSIP_SC_OK : PJSIP_SC_CALL_TSX_DOES_NOT_EXIST, headers);
}

// ----------------------------------------------------------------------------------------------- module

pj_bool_t on_request_before_dialogs(pjsip_rx_data* request) {
    const bool asks = request->msg_info.msg->line.req.method.id == PJSIP_OPTIONS_METHOD;
    if (!asks || request->msg_info.to->tag.slen == 0) return PJ_FALSE;
    answer_options_in_dialog(request);
    return PJ_TRUE;
}

pj_bool_t on_request(pjsip_rx_data* request) {
    const pjsip_method& method = request->msg_info.msg->line.req.method;
    switch (method.id) {
        case PJSIP_INVITE_METHOD:
        case PJSIP_ACK_METHOD:
        case PJSIP_BYE_METHOD:
        case PJSIP_CANCEL_METHOD:
            return PJ_FALSE;
        case PJSIP_OPTIONS_METHOD:
            answer_options(request);
            return PJ_TRUE;
        default: {
            const auto* const end = kNotServed.end();
            const bool exists = std::find(kNotServed.begin(), end, view(method.name)) != end;
            Headers headers(request);
            headers.text("Allow", kAllow);
            answer(request, exists ? PJSIP_SC_METHOD_NOT_ALLOWED : PJSIP_SC_NOT_IMPLEMENTED, headers);
            return PJ_TRUE;
        }
    }
}

pjsip_module guard_module;
pjsip_module dialog_guard_module;
bool installed = false;

// PJSIP does this when its endpoint goes, so that another endpoint can have the guard again.
pj_status_t on_unload() {
    installed = false;
    last_beat.store(0);
    return PJ_SUCCESS;
}

void install() {
    if (installed) return;
    guard_module = pjsip_module{};
    guard_module.name = pj_str(const_cast<char*>("mod-gateway-guard"));
    guard_module.id = -1;
    guard_module.priority = PJSIP_MOD_PRIORITY_UA_PROXY_LAYER + 1;
    guard_module.on_rx_request = &on_request;
    guard_module.unload = &on_unload;
    media::check("installing the guard", pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &guard_module));
    dialog_guard_module = pjsip_module{};
    dialog_guard_module.name = pj_str(const_cast<char*>("mod-gateway-dialog-guard"));
    dialog_guard_module.id = -1;
    dialog_guard_module.priority = PJSIP_MOD_PRIORITY_UA_PROXY_LAYER - 1;
    dialog_guard_module.on_rx_request = &on_request_before_dialogs;
    media::check("installing the dialog guard",
                 pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &dialog_guard_module));
    sip::guard_sdp();
    sip::answer_info();
    sip::leave_out_callbacks();
    installed = true;
}

void set_unavailable(int seconds) { retry_after_s = std::max(seconds, 0); }

}  // namespace

NB_MODULE(_guard, m) {
    sip::translate_errors();
    m.def("install", &install, "Answer what comes outside of calls, and INFO inside, from now on. After libInit; idempotent.");
    m.def("set_unavailable", &set_unavailable, "retry_after_s"_a,
          "Answer OPTIONS with 503 and this Retry-After; 0 makes it 200 again.");
    m.def("beat", &beat, "The event loop is alive: after the first beat OPTIONS is 503 while none came for 1.25 s.");
}
