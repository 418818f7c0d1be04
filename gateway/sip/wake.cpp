// SPDX-License-Identifier: GPL-3.0-or-later
// gateway.sip._wake: the SIP thread's wait for the network, and what ends it.
//
// libHandleEvents returns after each message and each timer, and to return is to wait for Python's lock: of a
// caller who comes over TLS that is once for his connection, twice for the handshake and once for his INVITE.
// handle() goes on without the lock until somebody has a command for the SIP thread. What Python is to be told
// of a message it is told at once, by pjsua2, in between.
//
// PJSIP knows nothing of our commands. One end of a socket pair is registered with the I/O queue it waits on,
// and a byte into the other end ends the wait.
//
// A key in the caller's sound (RFC 4733) is heard by PJSIP's media thread, and pjsua2 keeps it in a list of
// its own until libHandleEvents is called next: that, too, has to wake, and handle() says so.
//
// Bytes are not counted: while one is under way no other is sent. The mark is taken back before the SIP
// thread looks for what there is to do, so whoever finds it set has put his work down in time.
//
// The pair lives as long as the process. Only a duplicate of the reading end belongs to PJSIP, which closes
// it with its endpoint; wake() is harmless before and after, from any thread, and what it left in the pair
// wakes the next endpoint once for nothing.

#include <fcntl.h>
#include <nanobind/nanobind.h>
#include <pjsip.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>

#include "sip_error.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

std::array<int, 2> pair = {-1, -1};  // read here, write there
std::atomic<bool> under_way{false};
std::atomic<bool> key_waits{false};  // in pjsua2's list
bool woken = false;                  // the SIP thread's own: a byte has come

void wake() noexcept {
    if (pair[1] < 0 || under_way.exchange(true)) return;
    const char byte = 0;
    // Cannot fail for want of room, with one byte at a time.
    if (::send(pair[1], &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1) under_way.store(false);
}

// --------------------------------------------------------------------------------------- the reading end

pj_pool_t* pool = nullptr;
pj_ioqueue_key_t* key = nullptr;
pj_ioqueue_op_key_t reading;
std::array<char, 8> read_bytes;

pj_status_t read_next() {
    auto room = static_cast<pj_ssize_t>(read_bytes.size());
    return pj_ioqueue_recv(key, &reading, read_bytes.data(), &room, PJ_IOQUEUE_ALWAYS_ASYNC);
}

void on_read(pj_ioqueue_key_t*, pj_ioqueue_op_key_t*, pj_ssize_t) {
    under_way.store(false);
    woken = true;
    read_next();
}

// -------------------------------------------------------------------------------- keys the caller presses

decltype(pjsua_callback::on_dtmf_event) handed_on = nullptr;

void on_key(pjsua_call_id call, const pjsua_dtmf_event* event) {
    handed_on(call, event);
    key_waits.store(true);
    wake();
}

// ----------------------------------------------------------------------------------------------- the wait

// Whether pjsua2 has something to do, which it does in its libHandleEvents.
bool handle(unsigned ms) {
    using Clock = std::chrono::steady_clock;
    const auto until = Clock::now() + std::chrono::milliseconds(ms);
    unsigned left = ms;
    do {
        // A byte that came while something else handled events is news, too.
        if (pjsua_handle_events(woken ? 0 : left) < 0) break;
        const auto time = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
        left = time > 0 ? static_cast<unsigned>(time) : 0;
    } while (!woken && left > 0);
    woken = false;
    return key_waits.exchange(false);
}

// ----------------------------------------------------------------------------------------------- install

pjsip_module wake_module;
bool installed = false;

// PJSIP does this when its endpoint goes, and before its I/O queue does.
pj_status_t on_unload() {
    if (key != nullptr) pj_ioqueue_unregister(key);  // closes the duplicate
    if (pool != nullptr) pj_pool_release(pool);
    key = nullptr;
    pool = nullptr;
    installed = false;
    return PJ_SUCCESS;
}

void leave_with_the_endpoint() {
    wake_module = pjsip_module{};
    wake_module.name = pj_str(const_cast<char*>("mod-gateway-wake"));
    wake_module.id = -1;
    wake_module.priority = PJSIP_MOD_PRIORITY_APPLICATION;
    wake_module.unload = &on_unload;
    media::check("installing what wakes", pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &wake_module));
    installed = true;
}

void listen_to_the_pair() {
    if (pair[0] < 0 && ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
        throw media::PjError("making the pair that wakes", pj_get_os_error());
    const int end = ::fcntl(pair[0], F_DUPFD_CLOEXEC, 0);
    if (end < 0) throw media::PjError("making the end that wakes", pj_get_os_error());
    pool = pjsua_pool_create("gateway-wake", 512, 512);
    pj_ioqueue_op_key_init(&reading, sizeof reading);
    pj_ioqueue_callback callback{};
    callback.on_read_complete = &on_read;
    pj_ioqueue_t* const queue = pjsip_endpt_get_ioqueue(pjsua_get_pjsip_endpt());
    const pj_status_t status = pj_ioqueue_register_sock(pool, queue, end, nullptr, &callback, &key);
    if (status != PJ_SUCCESS) ::close(end);
    media::check("waiting for what wakes", status);
    read_next();
}

void listen_for_keys() {
    auto& callbacks = pjsua_var.ua_cfg.cb;  // made anew by each libInit
    handed_on = callbacks.on_dtmf_event;
    if (handed_on != nullptr) callbacks.on_dtmf_event = &on_key;
}

void install() {
    if (installed) return;
    leave_with_the_endpoint();
    listen_to_the_pair();
    listen_for_keys();
}

}  // namespace

NB_MODULE(_wake, m) {
    sip::translate_errors();
    m.def("install", &install, "Let `wake` end the waits of this endpoint. After libInit; idempotent.");
    m.def("handle", &handle, "ms"_a, nb::call_guard<nb::gil_scoped_release>(),
          "Handle what comes until somebody wakes us, or so many ms are over. Return whether a key waits, which "
          "libHandleEvents hands on. The SIP thread's.");
    m.def("wake", &wake, "End the SIP thread's wait, or its next one. From any thread, at any time.");
    m.attr("waker") = nb::capsule(reinterpret_cast<void*>(&wake), "gateway.sip._wake.waker");
}
