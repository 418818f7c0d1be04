// SPDX-License-Identifier: GPL-3.0-or-later

#include "connections.hpp"

#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../media/pj_error.hpp"
#include "connection_reuse.hpp"
#include "door.hpp"
#include "edges.hpp"
#include "framing.hpp"
#include "gate.hpp"
#include "unsent.hpp"

namespace sip {

namespace {

constexpr pj_time_val kBetweenLooks{1, 0};

struct Connection {
    Address source;
    bool incoming;
    bool bounded;  // counts towards a share; may have to make room
    std::int64_t opened;
    std::int64_t heard = 0;    // the last whole message; 0: none
    std::int64_t pending = 0;  // since when there is a part of the next; 0: there is none

    std::int64_t last_sign() const { return heard != 0 ? heard : opened; }
};

ConnectionBounds bounds{};
std::unordered_map<pjsip_transport*, Connection> connections;
std::unordered_map<Address, std::size_t, AddressHash> shares;  // how many each source has
std::unordered_map<pjsip_dialog*, pjsip_transport*> calls;  // the connection each call was last on, held
Refused refused;
std::vector<Lost> lost;
constexpr std::size_t kMostLost = 64;

decltype(pjsua_callback::on_call_tsx_state) transactions_handed_on = nullptr;
decltype(pjsua_callback::on_incoming_call) calls_handed_on = nullptr;
pjsip_tp_state_callback states_handed_on = nullptr;
pjsip_module listener;
pj_timer_entry timer;
bool installed = false;

std::int64_t now_ns() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

bool connected(const pjsip_transport* transport) { return (transport->flag & PJSIP_TRANSPORT_DATAGRAM) == 0; }

constexpr unsigned kWithPort = 3;  // and brackets around what needs them

std::string printed(const pj_sockaddr& address, unsigned how = 0) {
    char text[PJ_INET6_ADDRSTRLEN + 10];
    return pj_sockaddr_print(&address, text, sizeof text, how);
}

// ------------------------------------------------------------------------------------ opening and closing

bool in_use(pjsip_transport* transport) { return pj_atomic_get(transport->ref_cnt) > 0; }

void close(pjsip_transport* transport) { pjsip_transport_shutdown2(transport, PJ_TRUE); }

void refuse(pjsip_transport* transport) {
    ++refused.count;
    refused.last_source = printed(transport->key.rem_addr);
    close(transport);
}

pjsip_transport* longest_without_a_message() {
    pjsip_transport* longest = nullptr;
    for (const auto& [transport, connection] : connections) {
        if (!connection.bounded || transport->is_shutdown || in_use(transport)) continue;
        if (longest == nullptr || connection.last_sign() < connections.at(longest).last_sign()) longest = transport;
    }
    return longest;
}

void opened(pjsip_transport* transport) {
    const bool incoming = transport->dir == PJSIP_TP_DIR_INCOMING;
    if (incoming && !gate::may_knock(transport->key.rem_addr)) return close(transport);
    const Address source = door::address_of(transport->key.rem_addr);
    const bool bounded = incoming && !door::is_exempt(transport->key.rem_addr) && !edges::is_one(transport->key.rem_addr);
    const auto share = shares.find(source);
    if (bounded && share != shares.end() && share->second >= bounds.per_source) return refuse(transport);
    if (bounded && connections.size() >= bounds.in_all) {
        pjsip_transport* const other = longest_without_a_message();
        refuse(other != nullptr ? other : transport);
        if (other == nullptr) return;
    }
    connections.insert_or_assign(transport, Connection{source, incoming, bounded, now_ns()});
    if (bounded) ++shares[source];
}

void forget(pjsip_transport* transport) {
    forget_frame(transport);
    const auto found = connections.find(transport);
    if (found == connections.end()) return;
    const auto share = shares.find(found->second.source);
    if (found->second.bounded && share != shares.end() && --share->second == 0) shares.erase(share);
    connections.erase(found);
}

// What is closed is held no longer, so that it can go.
void let_go(pjsip_transport* transport) {
    for (auto& [dialog, held] : calls)
        if (held == transport) {
            held = nullptr;
            leave_connection(dialog);
            pjsip_transport_dec_ref(transport);
        }
}

std::string fault_of(const pjsip_transport_state_info* info) {
    const auto* const tls = info != nullptr ? static_cast<const pjsip_tls_state_info*>(info->ext_info) : nullptr;
    if (tls == nullptr || tls->ssl_sock_info == nullptr || tls->ssl_sock_info->verify_status == 0) return {};
    std::array<const char*, 16> said{};
    unsigned count = said.size();
    if (pj_ssl_cert_get_verify_status_strings(tls->ssl_sock_info->verify_status, said.data(), &count) != PJ_SUCCESS)
        return {};
    std::string all;
    for (unsigned i = 0; i < count; ++i) all.append(i == 0 ? "" : " ").append(said[i]);
    return all;
}

void note_lost(const pjsip_transport* transport, const pjsip_transport_state_info* info) {
    if (transport->dir != PJSIP_TP_DIR_INCOMING && lost.size() < kMostLost)
        lost.push_back({printed(transport->key.rem_addr, kWithPort), fault_of(info)});
}

void on_state(pjsip_transport* transport, pjsip_transport_state state, const pjsip_transport_state_info* info) {
    if (states_handed_on != nullptr) states_handed_on(transport, state, info);
    if (!connected(transport)) return;
    if (state == PJSIP_TP_STATE_CONNECTED) bound_unsent(transport);
    if (state == PJSIP_TP_STATE_DESTROY) forget_unsent(transport);
    if (state == PJSIP_TP_STATE_DISCONNECTED) note_lost(transport, info);
    if (state == PJSIP_TP_STATE_CONNECTED) return opened(transport);
    forget(transport);
    if (state != PJSIP_TP_STATE_DESTROY) let_go(transport);
}

// --------------------------------------------------------------------------------------------- what it says

// Before the message is looked for in the bytes.
pj_status_t on_bytes(pjsip_tp_rx_data* data) {
    const auto found = connections.find(data->tp);
    if (found != connections.end() && found->second.pending == 0) found->second.pending = now_ns();
    frame_bytes(data);
    return PJ_SUCCESS;
}

// A whole message that is one.
pj_bool_t on_message(pjsip_rx_data* message) {
    const auto found = connections.find(message->tp_info.transport);
    if (found != connections.end()) {
        found->second.pending = 0;
        found->second.heard = now_ns();
    }
    return PJ_FALSE;
}

// ------------------------------------------------------------------------------------------ calls on them

void on_dialog_end(void* dialog) {
    forget_connection(static_cast<const pjsip_dialog*>(dialog));
    const auto found = calls.find(static_cast<pjsip_dialog*>(dialog));
    if (found == calls.end()) return;
    pjsip_transport* const held = found->second;
    calls.erase(found);
    if (held != nullptr) pjsip_transport_dec_ref(held);
}

bool hold(pjsip_dialog* dialog, pjsip_transport* transport) {
    if (transport->is_shutdown || transport->is_destroying) return false;
    const auto [place, first] = calls.try_emplace(dialog, nullptr);
    if (place->second == transport) return true;
    // In memory of the lock's own, because the dialog's is gone when it is called.
    if (first && pj_grp_lock_add_handler(dialog->grp_lock_, nullptr, dialog, &on_dialog_end) != PJ_SUCCESS) {
        calls.erase(place);
        return false;
    }
    pjsip_transport* const before = std::exchange(place->second, transport);
    pjsip_transport_add_ref(transport);
    if (before != nullptr) pjsip_transport_dec_ref(before);
    return true;
}

void go_on(pjsip_dialog* dialog, const pjsip_rx_data* request) {
    pjsip_transport* const transport = request->tp_info.transport;
    if (connected(transport) && hold(dialog, transport))
        reuse_connection(dialog, request);
    else
        leave_connection(dialog);
}

bool asks(const pjsip_transaction* transaction, const pjsip_event* event) {
    return transaction->role == PJSIP_ROLE_UAS && event->type == PJSIP_EVENT_TSX_STATE &&
           event->body.tsx_state.type == PJSIP_EVENT_RX_MSG;
}

void on_transaction(pjsua_call_id call, pjsip_transaction* transaction, pjsip_event* event) {
    if (transactions_handed_on != nullptr) transactions_handed_on(call, transaction, event);
    const pjsip_inv_session* const session = pjsua_var.calls[call].inv;
    pjsip_transport* const transport = transaction->transport;
    if (session == nullptr || transport == nullptr) return;
    if (asks(transaction, event))
        go_on(session->dlg, event->body.tsx_state.src.rdata);
    else if (connected(transport))
        hold(session->dlg, transport);
}

void on_incoming(pjsua_acc_id account, pjsua_call_id call, pjsip_rx_data* invite) {
    const pjsip_inv_session* const session = pjsua_var.calls[call].inv;
    if (session != nullptr) go_on(session->dlg, invite);
    calls_handed_on(account, call, invite);
}

// ------------------------------------------------------------------------------------------------ looking

bool has_had_its_time(pjsip_transport* transport, const Connection& connection, std::int64_t now) {
    if (!connection.incoming || transport->is_shutdown || in_use(transport)) return false;
    const std::int64_t waited_for = connection.heard == 0 ? connection.opened : connection.pending;
    if (waited_for != 0 && now - waited_for > bounds.half_open_ns) return true;
    return now - connection.last_sign() > bounds.idle_ns;
}

void schedule() { pjsip_endpt_schedule_timer(pjsua_get_pjsip_endpt(), &timer, &kBetweenLooks); }

void look(pj_timer_heap_t*, pj_timer_entry*) {
    const std::int64_t now = now_ns();
    std::vector<pjsip_transport*> over;  // closing changes what is looked through
    for (const auto& [transport, connection] : connections)
        if (has_had_its_time(transport, connection, now)) over.push_back(transport);
    std::for_each(over.begin(), over.end(), &close);
    close_unreadable();
    schedule();
}

// PJSIP does this when its endpoint goes, before it closes what is open.
pj_status_t on_unload() {
    pjsip_endpt_cancel_timer(pjsua_get_pjsip_endpt(), &timer);
    connections.clear();
    shares.clear();
    calls.clear();
    refused = {};
    installed = false;
    return PJ_SUCCESS;
}

}  // namespace

void bound_connections(const ConnectionBounds& wanted) {
    bounds = wanted;
    if (installed) return;
    pjsip_endpoint* const endpoint = pjsua_get_pjsip_endpt();
    listener = pjsip_module{};
    listener.name = pj_str(const_cast<char*>("mod-gateway-connections"));
    listener.id = -1;
    listener.priority = PJSIP_MOD_PRIORITY_TRANSPORT_LAYER - 1;
    listener.on_rx_request = &on_message;
    listener.on_rx_response = &on_message;
    listener.unload = &on_unload;
    media::check("watching connections", pjsip_endpt_register_module(endpoint, &listener));
    frame_messages();
    pjsip_tpmgr* const manager = pjsip_endpt_get_tpmgr(endpoint);
    pjsip_tpmgr_set_recv_data_cb(manager, &on_bytes);
    states_handed_on = pjsip_tpmgr_get_state_cb(manager);
    pjsip_tpmgr_set_state_cb(manager, &on_state);
    transactions_handed_on = std::exchange(pjsua_var.ua_cfg.cb.on_call_tsx_state, &on_transaction);
    calls_handed_on = std::exchange(pjsua_var.ua_cfg.cb.on_incoming_call, &on_incoming);
    pj_timer_entry_init(&timer, 0, nullptr, &look);
    schedule();
    installed = true;
}

Refused refused_connections() { return std::exchange(refused, Refused{}); }

std::vector<Lost> lost_connections() { return std::exchange(lost, {}); }

}  // namespace sip
