// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a media transport of PJSIP's encrypts what it sends, and reads only what is encrypted (SRTP, RFC 3711).

#pragma once

#include <pjmedia.h>

#include "rtp_source.hpp"

namespace media {

// `dtls`: its keys were to be agreed upon by DTLS (RFC 5764). On the thread that its packets come in on.
inline Encryption encryption_of(pjmedia_transport* transport, bool dtls) {
    pjmedia_transport_info info;
    pjmedia_transport_info_init(&info);
    pjmedia_transport_get_info(transport, &info);
    const auto* const srtp =
        static_cast<const pjmedia_srtp_info*>(pjmedia_transport_info_get_spc_info(&info, PJMEDIA_TRANSPORT_TYPE_SRTP));
    if (srtp == nullptr || !srtp->active) return Encryption::none;
    return dtls ? Encryption::dtls : Encryption::sdes;
}

}  // namespace media
