// SPDX-License-Identifier: GPL-3.0-or-later

#include "answers.hpp"

#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <array>
#include <string>

namespace sip {

namespace {

// pjsua brings modules for all of them: presence, message waiting, transfers, instant messages.
constexpr std::array<std::string_view, 5> kMethodsNotDone = {"SUBSCRIBE", "NOTIFY", "REFER", "MESSAGE", "PUBLISH"};
constexpr std::array<std::string_view, 3> kExtensionsNotDone = {"replaces", "norefersub", "trickle-ice"};
constexpr std::string_view kBody = "application/sdp";

// PJSIP only adds, and only modules of its own: the header that it hands out is its own.
pjsip_generic_array_hdr* claimed(int type) {
    const pjsip_hdr* const header = pjsip_endpt_get_capability(pjsua_get_pjsip_endpt(), type, nullptr);
    return const_cast<pjsip_generic_array_hdr*>(reinterpret_cast<const pjsip_generic_array_hdr*>(header));
}

template <typename Unwanted>
void drop(int type, Unwanted unwanted) {
    auto* const list = claimed(type);
    if (list == nullptr) return;
    auto* const end = std::remove_if(list->values, list->values + list->count,
                                     [&](const pj_str_t& value) { return unwanted(view(value)); });
    list->count = static_cast<unsigned>(end - list->values);
}

template <std::size_t N>
auto one_of(const std::array<std::string_view, N>& names) {
    return [&names](std::string_view value) { return std::find(names.begin(), names.end(), value) != names.end(); };
}

}  // namespace

std::string_view view(const pj_str_t& text) { return {text.ptr, static_cast<std::size_t>(text.slen)}; }

Headers::Headers(pjsip_rx_data* request) : pool_(request->tp_info.pool) { pj_list_init(&list_); }

void Headers::text(const char* name, std::string_view value) {
    pj_str_t name_text = pj_str(const_cast<char*>(name));
    pj_str_t value_text{const_cast<char*>(value.data()), static_cast<pj_ssize_t>(value.size())};
    pj_list_push_back(&list_, pjsip_generic_string_hdr_create(pool_, &name_text, &value_text));
}

void Headers::retry_after(int seconds) { pj_list_push_back(&list_, pjsip_retry_after_hdr_create(pool_, seconds)); }

void Headers::capability(int type) {
    const pjsip_hdr* header = pjsip_endpt_get_capability(pjsua_get_pjsip_endpt(), type, nullptr);
    if (header != nullptr) pj_list_push_back(&list_, pjsip_hdr_clone(pool_, header));
}

void Headers::copy(const pjsip_hdr* header) {
    pj_list_push_back(&list_, static_cast<pjsip_hdr*>(pjsip_hdr_clone(pool_, header)));
}

// A failure to send is the network's; the sender will ask again.
void answer(pjsip_rx_data* request, int status, const Headers& headers) {
    pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), request, status, nullptr, headers.list(), nullptr);
}

void answer(pjsip_rx_data* request, int status) { answer(request, status, Headers(request)); }

bool refuse_extension(pjsip_rx_data* request) {
    const pjsip_require_hdr* const require = request->msg_info.require;
    std::string missing;
    for (unsigned i = 0; require != nullptr && i < require->count; ++i) {
        const pj_str_t& tag = require->values[i];
        if (pjsip_endpt_has_capability(pjsua_get_pjsip_endpt(), PJSIP_H_SUPPORTED, nullptr, &tag)) continue;
        missing.append(missing.empty() ? "" : ", ").append(view(tag));
    }
    if (missing.empty()) return false;
    Headers headers(request);
    headers.text("Unsupported", missing);
    answer(request, PJSIP_SC_BAD_EXTENSION, headers);
    return true;
}

void claim_only_what_is_done() {
    drop(PJSIP_H_ALLOW, one_of(kMethodsNotDone));
    drop(PJSIP_H_SUPPORTED, one_of(kExtensionsNotDone));
    drop(PJSIP_H_ACCEPT, [](std::string_view value) { return value != kBody; });
}

void claim_method(const char* name) {
    auto* const list = claimed(PJSIP_H_ALLOW);
    const pj_str_t method = pj_str(const_cast<char*>(name));
    if (list == nullptr || list->count >= PJSIP_GENERIC_ARRAY_MAX_COUNT) return;
    if (pjsip_endpt_has_capability(pjsua_get_pjsip_endpt(), PJSIP_H_ALLOW, nullptr, &method)) return;
    list->values[list->count++] = method;
}

}  // namespace sip
