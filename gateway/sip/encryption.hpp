// SPDX-License-Identifier: GPL-3.0-or-later
// What the account of a call wants of encrypted audio (SRTP, RFC 3711), where its audio may be, and which streams
// that leaves.
//
// On the SIP thread.

#pragma once

#include <pjsua-lib/pjsua.h>

namespace sip {

// Which streams a call may have: plain ones, ones with their keys in the signalling (RFC 4568), and by DTLS (RFC
// 5764); at addresses of IPv4, and of IPv6.
struct AudioPolicy {
    bool plain = true;
    bool sdes = false;
    bool dtls = false;
    bool four = true;
    bool six = false;
};

// Of the call that a message is of, or is to be made of.
AudioPolicy audio_policy_of(const pjsip_rx_data* message);
AudioPolicy audio_policy_of(pjsua_call_id call);

// Whether a stream is of RTP as we can take it, with keys that we can use, and whether that is encrypted by its
// profile: RTP/SAVP and its like.
bool fits(const pjmedia_sdp_media& media, const AudioPolicy& wanted);
bool is_encrypted(const pjmedia_sdp_media& media);

// Leave only those keys of an offer that we can use: PJSIP takes none of a stream with one that it cannot read.
void keep_usable_keys(pjmedia_sdp_media& media);

}  // namespace sip
