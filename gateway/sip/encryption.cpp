// SPDX-License-Identifier: GPL-3.0-or-later

#include "encryption.hpp"

#include <pjsip_ua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <algorithm>
#include <array>

#include "trunks.hpp"

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

Encryption encryption_of(pjsua_call_id call) {
    const bool known = call >= 0 && call < static_cast<int>(pjsua_var.ua_cfg.max_calls);
    return known ? of_account(pjsua_var.calls[call].acc_id) : Encryption::off;
}

Encryption encryption_of(const pjsip_rx_data* message) {
    const auto& info = message->msg_info;
    const bool request = info.msg->type == PJSIP_REQUEST_MSG;
    // Ours is the To tag of what comes, the From tag of what answers us.
    const pj_str_t& ours = request ? info.to->tag : info.from->tag;
    const pj_str_t& theirs = request ? info.from->tag : info.to->tag;
    pjsip_dialog* dialog = ours.slen > 0 ? pjsip_ua_find_dialog(&info.cid->id, &ours, &theirs, PJ_FALSE) : nullptr;
    if (dialog == nullptr && !request)  // the first answer to an INVITE of ours
        if (pjsip_transaction* const asked = pjsip_rdata_get_tsx(const_cast<pjsip_rx_data*>(message)))
            dialog = pjsip_tsx_get_dlg(asked);
    if (dialog != nullptr) {
        const pjsip_inv_session* const session = pjsip_dlg_get_inv_session(dialog);
        const auto* const call =
            session != nullptr ? static_cast<const pjsua_call*>(session->mod_data[pjsua_var.mod.id]) : nullptr;
        if (call != nullptr) return of_account(call->acc_id);
    }
    const int account = request ? trunks::account_of(message) : -1;
    return of_account(account >= 0 ? account : pjsua_acc_get_default());
}

bool is_encrypted(const pjmedia_sdp_media& media) { return is_one_of(media.desc.transport, kEncrypted); }

bool fits(const pjmedia_sdp_media& media, Encryption wanted) {
    if (is_encrypted(media)) return wanted != Encryption::off;
    return wanted != Encryption::required && is_one_of(media.desc.transport, kPlain);
}

}  // namespace sip
