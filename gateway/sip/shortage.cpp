// SPDX-License-Identifier: GPL-3.0-or-later

#include "shortage.hpp"

#include <pjsip_ua.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "answers.hpp"

namespace sip {

namespace {

constexpr int kRetryAfterS = 5;

// RTP, RTCP, the session, a look-up of its host; and as many for one that is lost, a log, a connection.
constexpr std::size_t kNeeded = 8;

Shortage refused;

// The dialog of a call that was taken, or has been: its answers are not ours to change.
bool was_rung_in(const pjsip_msg* response) {
    const auto* const id = static_cast<const pjsip_cid_hdr*>(pjsip_msg_find_hdr(response, PJSIP_H_CALL_ID, nullptr));
    const auto* const from = static_cast<const pjsip_from_hdr*>(pjsip_msg_find_hdr(response, PJSIP_H_FROM, nullptr));
    const auto* const to = static_cast<const pjsip_to_hdr*>(pjsip_msg_find_hdr(response, PJSIP_H_TO, nullptr));
    if (id == nullptr || from == nullptr || to == nullptr) return true;
    pjsip_dialog* const dialog = pjsip_ua_find_dialog(&id->id, &to->tag, &from->tag, PJ_FALSE);
    const pjsip_inv_session* const call = dialog != nullptr ? pjsip_dlg_get_inv_session(dialog) : nullptr;
    return call != nullptr && call->state != PJSIP_INV_STATE_NULL;
}

}  // namespace

bool few_descriptors() {
    std::array<int, kNeeded> opened{};
    std::size_t count = 0;
    while (count < kNeeded && (opened[count] = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) >= 0) ++count;
    for (std::size_t i = 0; i < count; ++i) ::close(opened[i]);
    return count < kNeeded;
}

bool refuse_for_want(pjsip_rx_data* invite) {
    if (!few_descriptors()) return false;
    ++refused.descriptors;
    Headers headers(invite);
    headers.retry_after(kRetryAfterS);
    answer(invite, PJSIP_SC_SERVICE_UNAVAILABLE, headers);
    return true;
}

void correct_failure(pjsip_tx_data* response) {
    auto& line = response->msg->line.status;
    if (line.code != PJSIP_SC_INTERNAL_SERVER_ERROR) return;
    const auto* const cseq =
        static_cast<const pjsip_cseq_hdr*>(pjsip_msg_find_hdr(response->msg, PJSIP_H_CSEQ, nullptr));
    if (cseq == nullptr || cseq->method.id != PJSIP_INVITE_METHOD || was_rung_in(response->msg)) return;
    ++refused.media;
    line.code = PJSIP_SC_SERVICE_UNAVAILABLE;
    line.reason = *pjsip_get_status_text(line.code);
    auto* const later = pjsip_retry_after_hdr_create(response->pool, kRetryAfterS);
    pjsip_msg_add_hdr(response->msg, reinterpret_cast<pjsip_hdr*>(later));
}

Shortage shortage() { return std::exchange(refused, {}); }

}  // namespace sip
