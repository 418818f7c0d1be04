// SPDX-License-Identifier: GPL-3.0-or-later
// gateway.sip._resolver: PJSIP asks here where a host is.
//
// Left to itself it asks the C library, on the only SIP thread: while a name server is silent, which can be
// had by anybody who writes a name into Contact, no call is answered and none is ended. Its resolver of its
// own does not wait, and in 2.17 uses memory that it has given back.
//
// A host that is an address is told at once. A name becomes a question: the SIP thread takes the questions
// there are, has them answered elsewhere, and brings each answer back. Only the message that asked waits,
// and if there is no answer only its transaction fails.
//
// Lifetime: who asked keeps the message, and with it the token in its memory, until it has been told, exactly
// once; whether the transaction still lives then is its to know. So no question is forgotten: what is open
// when the endpoint goes is told that there is no answer.
//
// A Via's maddr is where a multicast request was sent to (RFC 3261 section 18.1.1), hence an address. A name
// in it is not obeyed, or one packet of anybody's, not even of a call, would have us ask for any name.
//
// Threads: everything on the SIP thread.

#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>
#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "sip_error.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

// Somebody who has asked.
struct Asker {
    void* token;
    pjsip_resolver_callback* tell;
    int transport;  // pjsip_transport_type_e
    std::string host;
    int port;
    std::string call_id;
    bool taken = false;  // its question is
};

using Number = std::uint64_t;
using Question = std::tuple<Number, std::string, int, const char*, nb::bytes>;
using Address = std::pair<std::string, int>;

constexpr std::size_t kMost = 4096;  // messages that wait; a call has one or two

void (*wake)() noexcept = nullptr;  // of _wake: the SIP thread looks for questions when it is woken
std::map<Number, Asker> waiting;
Number last_number = 0;
bool closing = false;

std::string_view view(const pj_str_t& text) { return {text.ptr, static_cast<std::size_t>(text.slen)}; }

// --------------------------------------------------------------------------------------------- addresses

bool read_address(const pj_str_t& host, pj_sockaddr& address) {
    for (const int family : {pj_AF_INET(), pj_AF_INET6()}) {
        pj_sockaddr_init(family, &address, nullptr, 0);
        if (pj_inet_pton(family, &host, pj_sockaddr_get_addr(&address)) == PJ_SUCCESS) return true;
    }
    return false;
}

// A URI without a transport means UDP (RFC 3263 section 4.1, where it names a port or an address).
int transport_of(const pjsip_host_info& target) {
    if (target.type != PJSIP_TRANSPORT_UNSPECIFIED) return target.type;
    if ((target.flag & PJSIP_TRANSPORT_SECURE) != 0) return PJSIP_TRANSPORT_TLS;
    return (target.flag & PJSIP_TRANSPORT_RELIABLE) != 0 ? PJSIP_TRANSPORT_TCP : PJSIP_TRANSPORT_UDP;
}

void add(pjsip_server_addresses& found, const pj_str_t& name, pj_sockaddr address, int port, int transport) {
    const bool six = address.addr.sa_family == pj_AF_INET6();
    const int type = six ? transport | PJSIP_TRANSPORT_IPV6 : transport & ~PJSIP_TRANSPORT_IPV6;
    auto& entry = found.entry[found.count++];
    entry = pjsip_server_address_record{};
    entry.name = name;
    entry.type = static_cast<pjsip_transport_type_e>(type);
    if (port == 0) port = pjsip_transport_get_default_port_for_type(entry.type);
    pj_sockaddr_set_port(&address, static_cast<pj_uint16_t>(port));
    entry.addr = address;
    entry.addr_len = static_cast<int>(pj_sockaddr_get_len(&address));
}

// ---------------------------------------------------------------------------------------------- questions

// What a host may be called (RFC 1123 section 2.1), and the underscore that some have.
bool is_name(std::string_view host) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    };
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), fits);
}

// Of the message that waits. A token is PJSIP's state of sending; that of a raw packet, which has none, does
// not have the endpoint where the other has it.
std::string_view call_id_of(const void* token) {
    const auto& state = *static_cast<const pjsip_send_state*>(token);
    if (state.endpt != pjsua_get_pjsip_endpt() || state.tdata->msg == nullptr) return {};
    const void* const id = pjsip_msg_find_hdr(state.tdata->msg, PJSIP_H_CALL_ID, nullptr);
    return id != nullptr ? view(static_cast<const pjsip_cid_hdr*>(id)->id) : std::string_view{};
}

void resolve(pjsip_resolver_t*, pj_pool_t*, const pjsip_host_info* target, void* token, pjsip_resolver_callback* tell) {
    const auto& [host, port] = target->addr;
    const int transport = transport_of(*target);
    pj_sockaddr address;
    if (read_address(host, address)) {
        pjsip_server_addresses found{};
        add(found, host, address, port, transport);
        return tell(PJ_SUCCESS, token, &found);
    }
    if (closing || waiting.size() >= kMost || !is_name(view(host))) return tell(PJ_ERESOLVE, token, nullptr);
    waiting.emplace(++last_number, Asker{token, tell, transport, std::string(view(host)), port, std::string(call_id_of(token))});
    wake();
}

const char* name_of(int transport) {
    switch (transport & ~PJSIP_TRANSPORT_IPV6) {
        case PJSIP_TRANSPORT_TLS: return "tls";
        case PJSIP_TRANSPORT_TCP: return "tcp";
        default: return "udp";
    }
}

std::vector<Question> questions() {
    std::vector<Question> found;
    for (auto newest = waiting.rbegin(); newest != waiting.rend() && !newest->second.taken; ++newest) {
        auto& [number, asker] = *newest;
        asker.taken = true;
        found.emplace_back(number, asker.host, asker.port, name_of(asker.transport), nb::bytes(asker.call_id.data(), asker.call_id.size()));
    }
    return found;
}

void answer(Number number, const std::vector<Address>& addresses) {
    const auto asked = waiting.extract(number);
    if (asked.empty()) return;
    const Asker& asker = asked.mapped();
    const pj_str_t name{const_cast<char*>(asker.host.data()), static_cast<pj_ssize_t>(asker.host.size())};
    pjsip_server_addresses found{};
    for (const auto& [numbers, port] : addresses) {
        if (found.count == PJSIP_MAX_RESOLVED_ADDRESSES) break;
        const pj_str_t in_numbers{const_cast<char*>(numbers.data()), static_cast<pj_ssize_t>(numbers.size())};
        pj_sockaddr address;
        if (read_address(in_numbers, address)) add(found, name, address, port, asker.transport);
    }
    // PJ_ERESOLVE becomes 502, after which nobody tries again.
    if (found.count == 0) return asker.tell(PJ_ERESOLVE, asker.token, nullptr);
    asker.tell(PJ_SUCCESS, asker.token, &found);
}

void give_up() {
    closing = true;
    while (!waiting.empty()) answer(waiting.begin()->first, {});
}

// ------------------------------------------------------------------------------------------------- maddr

pj_bool_t on_request(pjsip_rx_data* request) {
    pjsip_via_hdr& via = *request->msg_info.via;
    pj_sockaddr address;
    if (via.maddr_param.slen == 0 || read_address(via.maddr_param, address)) return PJ_FALSE;
    // Sent back as it came, but no longer as what PJSIP obeys.
    auto* const param = PJ_POOL_ZALLOC_T(request->tp_info.pool, pjsip_param);
    param->name = pj_str(const_cast<char*>("maddr"));
    param->value = std::exchange(via.maddr_param, pj_str_t{});
    pj_list_push_back(&via.other_param, param);
    return PJ_FALSE;
}

// ----------------------------------------------------------------------------------------------- install

pjsip_ext_resolver hook = {&resolve};
pjsip_module module;
bool installed = false;

// PJSIP does this when its endpoint goes. Whoever asked goes with it.
pj_status_t on_unload() {
    waiting.clear();
    installed = closing = false;
    return PJ_SUCCESS;
}

void install(const nb::capsule& waker) {
    if (installed) return;
    wake = reinterpret_cast<void (*)() noexcept>(waker.data());
    module = pjsip_module{};
    module.name = pj_str(const_cast<char*>("mod-gateway-resolver"));
    module.id = -1;
    module.priority = PJSIP_MOD_PRIORITY_TSX_LAYER - 1;  // nobody has answered yet
    module.on_rx_request = &on_request;
    module.unload = &on_unload;
    media::check("installing the resolver", pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module));
    media::check("having names asked for here", pjsip_endpt_set_ext_resolver(pjsua_get_pjsip_endpt(), &hook));
    installed = true;
}

}  // namespace

NB_MODULE(_resolver, m) {
    sip::translate_errors();
    m.def("install", &install, "waker"_a,
          "Have PJSIP ask here for hosts, from now on, and wake the SIP thread then. After libInit; idempotent.");
    m.def("questions", &questions,
          "Take what is to be looked up: number, host, port (0: none), transport, Call-ID of what waits.");
    m.def("answer", &answer, "number"_a, "addresses"_a, nb::call_guard<nb::gil_scoped_release>(),
          "Tell whoever asked; no addresses: the name leads nowhere. A number is answered once, then ignored.");
    m.def("give_up", &give_up, nb::call_guard<nb::gil_scoped_release>(),
          "Tell everybody who still asks that there is no answer, before the endpoint goes.");
}
