// SPDX-License-Identifier: GPL-3.0-or-later

#include "encryption.hpp"

#include <pjsua-lib/pjsua_internal.h>

#include <algorithm>
#include <array>

#include "line_of.hpp"

namespace sip {

namespace {

constexpr std::array kPlain = {"RTP/AVP", "RTP/AVPF"};
constexpr std::array kSdes = {"RTP/SAVP", "RTP/SAVPF"};
constexpr std::array kDtls = {"UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"};

template <typename Names>
bool is_one_of(const pj_str_t& profile, const Names& names) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return pj_stricmp2(&profile, name) == 0; });
}

SrtpPolicy of_account(pjsua_acc_id account) {
    if (account < 0 || !pjsua_acc_is_valid(account)) return {};
    const pjsua_acc_config& config = pjsua_var.acc[account].cfg;
    if (config.use_srtp == PJMEDIA_SRTP_DISABLED) return {};
    const auto* const keying = config.srtp_opt.keying;
    const bool dtls = std::find(keying, keying + config.srtp_opt.keying_count, PJMEDIA_SRTP_KEYING_DTLS_SRTP) !=
                      keying + config.srtp_opt.keying_count;
    return {config.use_srtp != PJMEDIA_SRTP_MANDATORY, true, dtls};
}

}  // namespace

SrtpPolicy srtp_policy_of(pjsua_call_id call) { return of_account(line_of(call).account); }

SrtpPolicy srtp_policy_of(const pjsip_rx_data* message) { return of_account(line_of(message).account); }

bool is_encrypted(const pjmedia_sdp_media& media) {
    return is_one_of(media.desc.transport, kSdes) || is_one_of(media.desc.transport, kDtls);
}

bool fits(const pjmedia_sdp_media& media, const SrtpPolicy& wanted) {
    if (is_one_of(media.desc.transport, kDtls)) return wanted.dtls;
    return is_one_of(media.desc.transport, kSdes) ? wanted.sdes : wanted.plain && is_one_of(media.desc.transport, kPlain);
}

}  // namespace sip
