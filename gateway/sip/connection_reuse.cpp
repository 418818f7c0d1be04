// SPDX-License-Identifier: GPL-3.0-or-later

#include "connection_reuse.hpp"

#include <string_view>
#include <unordered_map>

#include "answers.hpp"

namespace sip {

namespace {

std::unordered_map<const pjsip_dialog*, pjsip_route_hdr*> hidden;  // in each dialog's own memory

const pjsip_sip_uri* sip_uri(const void* uri) {
    if (uri == nullptr || !(PJSIP_URI_SCHEME_IS_SIP(uri) || PJSIP_URI_SCHEME_IS_SIPS(uri))) return nullptr;
    return static_cast<const pjsip_sip_uri*>(pjsip_uri_get_uri(uri));
}

// Alone if nobody stood between us and the caller.
bool is_only_via(const pjsip_rx_data* request) {
    pjsip_via_hdr* const first = request->msg_info.via;
    pjsip_msg* const message = request->msg_info.msg;
    const void* const next = first->next;
    return next == &message->hdr || pjsip_msg_find_hdr(message, PJSIP_H_VIA, next) == nullptr;
}

// RFC 3261 section 12.2.1.1: to the first of the route set, else to the remote target.
bool is_next_hop(const pjsip_dialog* dialog, const pjsip_rx_data* request) {
    if (is_only_via(request)) return true;
    const bool routed = !pj_list_empty(&dialog->route_set);
    const void* const uri = routed ? static_cast<const void*>(&dialog->route_set.next->name_addr) : dialog->target;
    const pjsip_sip_uri* const next = sip_uri(uri);
    if (next == nullptr) return false;
    const std::string_view host = view(next->maddr_param.slen > 0 ? next->maddr_param : next->host);
    return host == request->pkt_info.src_name || host == view(request->msg_info.via->sent_by.host);
}

// A strict router has to come first in the route set (RFC 3261 section 16.12.1.2).
bool is_strict(const pjsip_dialog* dialog) {
    if (pj_list_empty(&dialog->route_set)) return false;
    const pjsip_sip_uri* const first = sip_uri(&dialog->route_set.next->name_addr);
    return first == nullptr || first->lr_param == 0;
}

pjsip_route_hdr* route_to(pj_pool_t* pool, const pjsip_rx_data* request) {
    pjsip_sip_uri* const uri = pjsip_sip_uri_create(pool, PJ_FALSE);
    pj_strdup2(pool, &uri->host, request->pkt_info.src_name);
    uri->port = request->pkt_info.src_port;
    pj_strdup2(pool, &uri->transport_param, request->tp_info.transport->type_name);
    uri->lr_param = 1;
    auto* const hide = PJ_POOL_ZALLOC_T(pool, pjsip_param);
    hide->name = pj_str(const_cast<char*>("hide"));
    pj_list_push_back(&uri->other_param, hide);
    pjsip_route_hdr* const route = pjsip_route_hdr_create(pool);
    route->name_addr.uri = reinterpret_cast<pjsip_uri*>(uri);
    return route;
}

bool leads_to(const pjsip_route_hdr* route, const pjsip_rx_data* request) {
    const pjsip_sip_uri* const uri = sip_uri(&route->name_addr);
    return view(uri->host) == request->pkt_info.src_name && uri->port == request->pkt_info.src_port;
}

}  // namespace

void reuse_connection(pjsip_dialog* dialog, const pjsip_rx_data* request) {
    const auto found = hidden.find(dialog);
    if (found != hidden.end() && leads_to(found->second, request)) return;
    leave_connection(dialog);
    if (is_strict(dialog) || !is_next_hop(dialog, request)) return;
    pjsip_route_hdr* const route = route_to(dialog->pool, request);
    pj_list_push_front(&dialog->route_set, route);
    hidden[dialog] = route;
}

void leave_connection(pjsip_dialog* dialog) {
    const auto found = hidden.find(dialog);
    if (found == hidden.end()) return;
    pj_list_erase(found->second);
    hidden.erase(found);
}

void forget_connection(const pjsip_dialog* dialog) { hidden.erase(dialog); }

}  // namespace sip
