// SPDX-License-Identifier: GPL-3.0-or-later

#include "encryption.hpp"

#include <pjsua-lib/pjsua_internal.h>

#include <algorithm>
#include <array>

#include "line_of.hpp"

namespace sip {

namespace {

constexpr std::array kPlain = {"RTP/AVP", "RTP/AVPF"};
// By SDES (RFC 4568), by DTLS (RFC 5764).
constexpr std::array kEncrypted = {"RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"};

template <typename Names>
bool is_one_of(const pj_str_t& profile, const Names& names) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return pj_stricmp2(&profile, name) == 0; });
}

Encryption of_account(pjsua_acc_id account) {
    if (account < 0 || !pjsua_acc_is_valid(account)) return Encryption::off;
    switch (pjsua_var.acc[account].cfg.use_srtp) {
        case PJMEDIA_SRTP_MANDATORY: return Encryption::required;
        case PJMEDIA_SRTP_OPTIONAL: return Encryption::optional;
        default: return Encryption::off;
    }
}

}  // namespace

Encryption encryption_of(pjsua_call_id call) { return of_account(line_of(call).account); }

Encryption encryption_of(const pjsip_rx_data* message) { return of_account(line_of(message).account); }

bool is_encrypted(const pjmedia_sdp_media& media) { return is_one_of(media.desc.transport, kEncrypted); }

bool fits(const pjmedia_sdp_media& media, Encryption wanted) {
    if (is_encrypted(media)) return wanted != Encryption::off;
    return wanted != Encryption::required && is_one_of(media.desc.transport, kPlain);
}

}  // namespace sip
