// SPDX-License-Identifier: GPL-3.0-or-later
// What the account of a call wants of encrypted audio (SRTP, RFC 3711), and which streams that leaves.
//
// On the SIP thread.

#pragma once

#include <pjsua-lib/pjsua.h>

namespace sip {

// Which streams a call may have: plain ones, ones with their keys in the signalling (RFC 4568), and by DTLS (RFC 5764).
struct SrtpPolicy {
    bool plain = true;
    bool sdes = false;
    bool dtls = false;
};

// Of the call that a message is of, or is to be made of.
SrtpPolicy srtp_policy_of(const pjsip_rx_data* message);
SrtpPolicy srtp_policy_of(pjsua_call_id call);

// Whether a stream is of RTP as we can take it, and whether that is encrypted by its profile: RTP/SAVP and its like.
bool fits(const pjmedia_sdp_media& media, const SrtpPolicy& wanted);
bool is_encrypted(const pjmedia_sdp_media& media);

}  // namespace sip
