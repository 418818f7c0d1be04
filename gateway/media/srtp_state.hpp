// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a media transport of PJSIP's encrypts what it sends, and reads only what is encrypted (SRTP, RFC 3711), and
// by which keys.

#pragma once

#include <pjmedia.h>

#include "rtp_source.hpp"

namespace media {

// Whether it has its keys. On any thread.
bool has_keys(pjmedia_transport* transport);

// `dtls`: its keys were to be agreed upon by DTLS (RFC 5764). On the thread that its packets come in on.
Encryption encryption_of(pjmedia_transport* transport, bool dtls);

// Whether both sides say by what their certificates for DTLS are known.
bool agrees_on_dtls(const pjmedia_sdp_session* local, const pjmedia_sdp_session* remote, unsigned index);

// Before the first call. `timers`: where it is kept when a handshake's flight is sent again; `learn`: also whoever is
// not where he said may begin a handshake.
void set_up_dtls(pj_timer_heap_t* timers, bool learn);

}  // namespace media
