// SPDX-License-Identifier: GPL-3.0-or-later
// gateway.sip._guard: answers to whatever knocks outside of calls.
//
// pjsua leaves this to the application, and pjsua2 has no callback for it: out of the box REGISTER and
// unknown methods get no answer at all, and OPTIONS is 200 even while the process drains. A scanner learns
// nothing from us that it could not guess; a load balancer learns the truth.
//
//   OPTIONS    200 with Allow, Accept and Supported (RFC 3261 section 11.2);
//              503 with Retry-After while unavailable, also while the event loop, on which all calls are
//              led, is late: it beats; and while calls are refused for the load that there is (admission.hpp);
//              420 as section 8.2.2.3 asks
//   REGISTER, SUBSCRIBE, MESSAGE and other methods that exist: 405 with Allow (section 8.2.1)
//   methods that nobody knows: 501 (section 21.5.2)
//   BYE: 481, as there is no call (section 15.1.2)
//   anything with one method in its first line and another in CSeq: 400
//
// (Section 8.2.2.1's 416 cannot be sent: PJSIP's parser drops a Request-URI of unknown scheme before us.)
//
// All stateless: nothing to keep for whoever sends a million of them. INVITE, ACK and CANCEL are none of our
// business: the module sits between the dialog layer, which takes what has a To tag, and pjsua's own modules.
// A second module in front of the dialog layer answers what dialogs cannot (in_dialog.hpp, info.hpp) and
// refuses bodies that lead to no call (body.hpp, sdp_guard.hpp).
//
// Threads: everything on the SIP thread.

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "admission.hpp"
#include "answers.hpp"
#include "audio_hosts.hpp"
#include "body.hpp"
#include "callbacks.hpp"
#include "connections.hpp"
#include "door.hpp"
#include "early_reinvite.hpp"
#include "gate.hpp"
#include "hold_sdp.hpp"
#include "in_dialog.hpp"
#include "info.hpp"
#include "listener.hpp"
#include "local_sdp.hpp"
#include "message_tap.hpp"
#include "refer.hpp"
#include "remote_sdp.hpp"
#include "sdp_guard.hpp"
#include "shortage.hpp"
#include "sip_error.hpp"
#include "spoken.hpp"
#include "stale.hpp"
#include "still_here.hpp"
#include "tls_listeners.hpp"
#include "trunks.hpp"
#include "unacknowledged.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using namespace sip;

// Registered at IANA and not served outside of calls. The others are unknown: 501.
constexpr std::array<std::string_view, 9> kNotServed = {
    "REGISTER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE", "REFER", "INFO", "UPDATE", "PRACK"};

int retry_after_s = 0;  // 0: available

// The event loop's last sign of life, in nanoseconds of the steady clock; 0 before the first.
std::atomic<std::int64_t> last_beat{0};
constexpr std::chrono::milliseconds kLate{1500};  // a second behind a beat that comes every 500 ms
constexpr int kShortRetryAfterS = 5;

std::int64_t now_ns() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// When a beat came late for the last time, as the first one does after the process was stopped; 0: none did.
std::atomic<std::int64_t> late_at{0};
constexpr std::chrono::seconds kAfterwards{10};  // by then what came meanwhile has been read

bool is_late(std::int64_t last, std::int64_t now) noexcept {
    return last != 0 && std::chrono::nanoseconds(now - last) > kLate;
}

void beat() noexcept {
    const std::int64_t now = now_ns();
    if (is_late(last_beat.exchange(now, std::memory_order_relaxed), now)) late_at.store(now, std::memory_order_relaxed);
}

bool loop_is_late() noexcept { return is_late(last_beat.load(std::memory_order_relaxed), now_ns()); }

bool loop_was_late() noexcept {
    const std::int64_t at = late_at.load(std::memory_order_relaxed);
    return loop_is_late() || (at != 0 && std::chrono::nanoseconds(now_ns() - at) < kAfterwards);
}

// What OPTIONS is told; 0: 200.
int wait_s() {
    if (retry_after_s > 0) return retry_after_s;
    return loop_is_late() || is_full() || few_descriptors() ? kShortRetryAfterS : 0;
}

// -------------------------------------------------------------------------------------- outside of calls

void answer_options(pjsip_rx_data* request) {
    if (refuse_extension(request)) return;
    Headers headers(request);
    if (const int seconds = wait_s(); seconds > 0) {
        headers.retry_after(seconds);
        return answer(request, PJSIP_SC_SERVICE_UNAVAILABLE, headers);
    }
    for (const int what : {PJSIP_H_ALLOW, PJSIP_H_ACCEPT, PJSIP_H_SUPPORTED}) headers.capability(what);
    answer(request, PJSIP_SC_OK, headers);
}

void refuse_method(pjsip_rx_data* request) {
    const std::string_view name = view(request->msg_info.msg->line.req.method.name);
    const bool exists = std::find(kNotServed.begin(), kNotServed.end(), name) != kNotServed.end();
    Headers headers(request);
    headers.capability(PJSIP_H_ALLOW);
    answer(request, exists ? PJSIP_SC_METHOD_NOT_ALLOWED : PJSIP_SC_NOT_IMPLEMENTED, headers);
}

// ----------------------------------------------------------------------------------------------- module

constexpr int kBeforeDialogs = PJSIP_MOD_PRIORITY_UA_PROXY_LAYER - 1;

bool negotiates(const pjsip_rx_data* request) {
    const pjsip_method& method = request->msg_info.msg->line.req.method;
    return method.id == PJSIP_INVITE_METHOD || view(method.name) == "UPDATE";
}

// One in its first line, another in CSeq (RFC 3261 section 8.1.1.5). PJSIP goes by the one where it finds a
// transaction and by the other where it makes a call of it, and has 500 for the result.
bool says_two_methods(const pjsip_rx_data* request) {
    return pjsip_method_cmp(&request->msg_info.msg->line.req.method, &request->msg_info.cseq->method) != 0;
}

pj_bool_t on_request_before_dialogs(pjsip_rx_data* request) {
    if (says_two_methods(request)) {
        if (request->msg_info.msg->line.req.method.id != PJSIP_ACK_METHOD) answer(request, PJSIP_SC_BAD_REQUEST);
        return PJ_TRUE;
    }
    const bool first = request->msg_info.to->tag.slen == 0;
    if (!first && (answer_in_dialog(request) || waits_for_ack(request, kBeforeDialogs))) return PJ_TRUE;
    const bool asks_for_a_call = first && request->msg_info.msg->line.req.method.id == PJSIP_INVITE_METHOD;
    if (asks_for_a_call && (is_stale(request, loop_was_late()) || refuse_for_load(request) || refuse_for_want(request)))
        return PJ_TRUE;
    return negotiates(request) && refuse_body(request) ? PJ_TRUE : PJ_FALSE;
}

pj_status_t on_response(pjsip_tx_data* response) {
    correct_prack(response);
    correct_failure(response);
    return PJ_SUCCESS;
}

pj_status_t on_sent(pjsip_tx_data* request) {
    trunks::note_digest(request);
    return PJ_SUCCESS;
}

pj_bool_t on_request(pjsip_rx_data* request) {
    switch (request->msg_info.msg->line.req.method.id) {
        case PJSIP_INVITE_METHOD:
        case PJSIP_ACK_METHOD:
        case PJSIP_CANCEL_METHOD:
            return PJ_FALSE;
        case PJSIP_BYE_METHOD:
            answer(request, PJSIP_SC_CALL_TSX_DOES_NOT_EXIST);
            return PJ_TRUE;
        case PJSIP_OPTIONS_METHOD:
            answer_options(request);
            return PJ_TRUE;
        default:
            refuse_method(request);
            return PJ_TRUE;
    }
}

pjsip_module guard_module;
pjsip_module dialog_guard_module;
bool installed = false;

// PJSIP does this when its endpoint goes, so that another endpoint can have the guard again.
pj_status_t on_unload() {
    installed = false;
    last_beat.store(0);
    late_at.store(0);
    admit(-1, false);
    forget_early_reinvites();
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
    dialog_guard_module.priority = kBeforeDialogs;
    dialog_guard_module.on_rx_request = &on_request_before_dialogs;
    dialog_guard_module.on_tx_response = &on_response;
    dialog_guard_module.on_tx_request = &on_sent;
    media::check("installing the dialog guard",
                 pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &dialog_guard_module));
    claim_only_what_is_done();
    guard_sdp();
    name_own_address();
    leave_out_callbacks();
    answer_info();  // which hands on what it does not answer
    complete_local_sdp();
    refuse_unspoken_offers();
    let_go_of_unacknowledged();
    say_still_here();
    installed = true;
}

constexpr double kNsPerS = 1e9;

void bound(std::size_t per_source, std::size_t in_all, double half_open_s, double idle_s) {
    bound_connections({per_source, in_all, static_cast<std::int64_t>(half_open_s * kNsPerS),
                       static_cast<std::int64_t>(idle_s * kNsPerS)});
}

nb::tuple refused() {
    const Refused all = refused_connections();
    return nb::make_tuple(all.count, all.last_source);
}

void set_unavailable(int seconds) { retry_after_s = std::max(seconds, 0); }

}  // namespace

NB_MODULE(_guard, m) {
    sip::translate_errors();
    m.def("install", &install, "Answer what comes outside of calls, and INFO inside, from now on. After libInit; idempotent.");
    m.def("set_unavailable", &set_unavailable, "retry_after_s"_a,
          "Answer OPTIONS with 503 and this Retry-After; 0 makes it 200 again.");
    m.def("admit", &admit, "calls"_a, "full"_a,
          "Let in so many calls more until the next word, or any number (-1); full: OPTIONS is 503 as well.");
    m.def("refused_for_load", &refused_for_load, "How many calls were one too many since the last look.");
    m.def("tap_messages", &message_tap::open, "Keep every message that comes or goes from now on, until it is taken.");
    m.def("take_messages", &message_tap::take, "Take them; see message_tap.hpp.");
    m.def("bound_connections", &bound, "per_source"_a, "in_all"_a, "half_open_s"_a, "idle_s"_a,
          "Hold TCP connections to these bounds. After install, before there are transports.");
    m.def("refused_connections", &refused, "How many were closed for being too many since the last time, and the last's source.");
    m.def("speak", &sip::speak, "codecs"_a, "Take offers of these codecs from now on, in this order of preference.");
    m.def("lost_connections", [] {
        nb::list all;
        for (const Lost& one : lost_connections()) all.append(nb::make_tuple(one.peer, one.fault));
        return all;
    }, "Connections of ours that broke since the last look: where they led, and what their certificate lacked.");
    m.def("renew_tls", [](int listener, const std::string& certificate, const std::string& key,
                          const std::string& authorities, bool verifies, bool asks) {
        renew_tls(listener, {certificate, key, authorities, verifies, asks});
    }, "listener"_a, "certificate"_a, "key"_a, "authorities"_a, "verifies"_a, "asks"_a,
       "Have a listener for TLS show and trust these files from now on.");
    m.def("take_refers", &take_refers, "account"_a, "Let calls of an account send REFER; see refer.hpp.");
    m.def("tell_referrer", &tell_referrer, "call"_a, "status"_a,
          "Tell who has sent a REFER how far it is with the call that they asked for; 200 or more ends that.");
    m.def("speak_over", &sip::speak_over, "account"_a, "codecs"_a, "The same for the calls of an account alone.");
    m.def("speak_in", &sip::speak_in, "call"_a, "codecs"_a,
          "The same for a call alone; False if its offer has none of them.");
    m.def("settle", [](pjsua_call_id call) {
        lead_audio_of(call);
        return sip::settle(call);
    }, "call"_a, "Leave of a call's offer, before it is answered, what it may have.");
    m.def("take_audio_at", [](std::string four, std::string four_named, std::string six, std::string six_named) {
        take_audio_at({std::move(four), std::move(four_named)}, {std::move(six), std::move(six_named)});
    }, "four"_a, "four_named"_a, "six"_a, "six_named"_a, "Have audio at these addresses, and name those in its place.");
    m.def("take_audio_of", [](pjsua_acc_id account, std::string host, std::string named) {
        take_audio_of(account, {std::move(host), std::move(named)});
    }, "account"_a, "host"_a, "named"_a, "The same for an account alone, after that for all.");
    m.def("name_public", &name_public, "host"_a, "Write this address of IPv4 into Via, Contact and descriptions from now on.");
    m.def("lead_audio", &lead_audio, "account"_a, "six"_a, "Have an account's next call have its audio over IPv6, or IPv4.");
    m.def("shortage", [] {
        const Shortage calls = shortage();
        return nb::make_tuple(calls.descriptors, calls.media, stale_invites());
    }, "Calls that failed for want of descriptors, of RTP ports or sockets, and of time, since the last look.");
    m.def("revive_listener", &revive_listener, nb::call_guard<nb::gil_scoped_release>(),
          "Listen anew if TCP connections wait that nobody accepts; true if so.");
    door::bind(m);
    gate::bind(m);
    m.attr("HAS_TLS") = PJSIP_HAS_TLS_TRANSPORT != 0;
#if defined(PJMEDIA_SRTP_DTLS_HAS_SETUP) && defined(PJMEDIA_SRTP_HAS_DTLS) && PJMEDIA_SRTP_HAS_DTLS
    m.attr("HAS_DTLS") = true;
#else
    m.attr("HAS_DTLS") = false;  // as released, its handshakes keep everybody's audio waiting
#endif
    m.def("beat", &beat, "The event loop is alive: after the first beat OPTIONS is 503 while none came for 1.5 s.");
}
