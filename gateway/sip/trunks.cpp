// SPDX-License-Identifier: GPL-3.0-or-later

#include "trunks.hpp"

#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_set>
#include <utility>

#include "edges.hpp"

namespace sip::trunks {

namespace {

constexpr std::size_t kMostProven = 1024;

std::vector<Trunk> known;
std::map<std::string, std::string> digests;  // algorithm by user and registrar: as many as there are trunks
std::unordered_set<Address, AddressHash> proven;  // where the right password has come from

std::string_view user_of(const pjsip_uri* uri) {
    if (uri == nullptr || !(PJSIP_URI_SCHEME_IS_SIP(uri) || PJSIP_URI_SCHEME_IS_SIPS(uri))) return {};
    return view(static_cast<const pjsip_sip_uri*>(pjsip_uri_get_uri(uri))->user);
}

bool is_of(const Trunk& trunk, const Address& from) {
    return std::any_of(trunk.peers.begin(), trunk.peers.end(),
                       [&](const door::Network& network) { return door::is_within(from, network); });
}

// A carrier with which we have several accounts rings one by its name: in the Request-URI, or in To.
const Trunk* best_of(const std::vector<const Trunk*>& trunks, const pjsip_rx_data* request) {
    const auto named = [&](std::string_view user) {
        return std::find_if(trunks.begin(), trunks.end(),
                            [&](const Trunk* one) { return !one->user.empty() && one->user == user; });
    };
    for (const pjsip_uri* uri : {request->msg_info.msg->line.req.uri, request->msg_info.to->uri})
        if (const auto found = named(user_of(uri)); found != trunks.end()) return *found;
    return trunks.empty() ? nullptr : trunks.front();
}

// Those with a password that was shown come first, then those without; `uses` as in digest::judge.
struct Judged {
    std::vector<const Trunk*> good;
    bool asks = false;
    bool stale = false;
    bool wrong = false;
};

Judged judge(const pjsip_rx_data* request, const Address& from, bool uses) {
    Judged found;
    std::vector<const Trunk*> open;
    for (const Trunk& trunk : known) {
        const bool peer = is_of(trunk, from);
        if (!peer && !(trunk.peers.empty() && !trunk.asked.user.empty())) continue;
        if (trunk.asked.user.empty()) {
            open.push_back(&trunk);
            continue;
        }
        found.asks = true;
        const digest::Proof proof = digest::judge(request, trunk.asked, uses);
        if (proof == digest::Proof::right) found.good.push_back(&trunk);
        found.stale = found.stale || proof == digest::Proof::stale;
        found.wrong = found.wrong || proof == digest::Proof::wrong;
    }
    found.good.insert(found.good.end(), open.begin(), open.end());
    return found;
}


void on_find(const pjsip_rx_data* request, pjsua_acc_id* account) {
    const int found = account_of(request);
    *account = found >= 0 ? found : pjsua_acc_get_default();
}

}  // namespace

void know(std::vector<Trunk> trunks) {
    known = std::move(trunks);
    proven.clear();
}

bool is_peer(const Address& address) {
    return proven.count(address) != 0 ||
           std::any_of(known.begin(), known.end(), [&](const Trunk& trunk) { return is_of(trunk, address); });
}

bool may_come_from_anywhere() {
    return std::any_of(known.begin(), known.end(),
                       [](const Trunk& trunk) { return trunk.peers.empty() && !trunk.asked.user.empty(); });
}

Standing standing(const pjsip_rx_data* request, const Address& from) {
    const bool calls = request->msg_info.msg->line.req.method.id == PJSIP_INVITE_METHOD;
    if (!calls) return is_peer(from) ? Standing::trunk : Standing::stranger;
    const Judged found = judge(request, from, true);
    if (!found.good.empty()) {
        if (proven.size() >= kMostProven) proven.clear();
        if (!is_peer(from)) proven.insert(from);
        return Standing::trunk;
    }
    if (found.stale) return Standing::ask_again;
    if (found.wrong) return Standing::wrong;
    return found.asks ? Standing::ask : Standing::stranger;
}

int account_of(const pjsip_rx_data* request) {
    const Address from = door::whole_address_of(edges::sender_of(request));
    const Trunk* const trunk = best_of(judge(request, from, false).good, request);
    return trunk != nullptr ? trunk->account : -1;
}

void find_accounts() {
    pjsua_callback& callbacks = pjsua_var.ua_cfg.cb;
    if (callbacks.on_acc_find_for_incoming == &on_find) return;
    callbacks.on_acc_find_for_incoming = &on_find;
}

void note_digest(const pjsip_tx_data* request) {
    const auto& line = request->msg->line.req;
    if (line.method.id != PJSIP_REGISTER_METHOD) return;
    const auto* const shown =
        static_cast<const pjsip_authorization_hdr*>(pjsip_msg_find_hdr(request->msg, PJSIP_H_AUTHORIZATION, nullptr));
    if (shown == nullptr || !(PJSIP_URI_SCHEME_IS_SIP(line.uri) || PJSIP_URI_SCHEME_IS_SIPS(line.uri))) return;
    const pj_str_t& host = static_cast<const pjsip_sip_uri*>(pjsip_uri_get_uri(line.uri))->host;
    const std::string_view named = view(shown->credential.digest.algorithm);
    const std::string key = std::string(view(shown->credential.digest.username)) + '@' + std::string(view(host));
    digests[key] = named.empty() ? "MD5" : named;  // RFC 7616 section 3.3
}

std::string digest_of(const std::string& user, const std::string& registrar) {
    const auto found = digests.find(user + '@' + registrar);
    return found == digests.end() ? std::string{} : found->second;
}

}  // namespace sip::trunks
