// SPDX-License-Identifier: GPL-3.0-or-later

#include "challenges.hpp"

#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "read_again.hpp"

namespace sip {

namespace {

constexpr std::array<std::string_view, 2> kNames = {"www-authenticate", "proxy-authenticate"};
constexpr std::string_view kKnown = "digest";
constexpr std::string_view kBlank = " \t\r\n";

// `what` is in small letters.
bool begins_with(std::string_view text, std::string_view what) {
    const auto same = [](char known, char c) { return known == static_cast<char>(std::tolower(static_cast<unsigned char>(c))); };
    return text.size() >= what.size() && std::equal(what.begin(), what.end(), text.begin(), same);
}

bool is_other_challenge(std::string_view line) {
    const auto has_name = [&](std::string_view name) { return begins_with(line, name); };
    const auto* const name = std::find_if(kNames.begin(), kNames.end(), has_name);
    if (name == kNames.end()) return false;
    std::string_view value = line.substr(name->size());
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    if (value.empty() || value[0] != ':') return false;
    value.remove_prefix(std::min(value.find_first_not_of(kBlank, 1), value.size()));  // its next line, too (section 7.3.1)
    return !begins_with(value, kKnown);
}

}  // namespace

std::string without_other_challenges(std::string_view response) {
    if (!begins_with(response, "sip/2.0 401 ") && !begins_with(response, "sip/2.0 407 ")) return {};
    const std::string_view head = response.substr(0, response.find("\r\n\r\n"));
    std::string changed;
    for (std::size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
        if (!is_other_challenge(head.substr(at + 1))) continue;
        if (changed.empty()) changed = response;
        changed[changed.find('-', at)] = '_';
    }
    return changed;
}

void take_response(const pjsip_rx_data* dropped, std::string_view response) {
    const std::string changed = without_other_challenges(response);
    if (changed.empty()) return;
    pjsip_endpoint* const endpoint = pjsua_get_pjsip_endpt();
    pj_pool_t* const pool = pjsip_endpt_create_pool(endpoint, "challenges", 4000, 4000);
    pjsip_rx_data* const message = read_again(pool, dropped->tp_info.transport, dropped->pkt_info.src_addr, changed);
    const auto& info = message->msg_info;
    if (info.msg != nullptr && pj_list_empty(&info.parse_err) && info.via != nullptr && info.cseq != nullptr &&
        info.from != nullptr && info.to != nullptr && info.cid != nullptr)
        pjsip_endpt_process_rx_data(endpoint, message, nullptr, nullptr);
    pj_pool_release(pool);
}

}  // namespace sip
