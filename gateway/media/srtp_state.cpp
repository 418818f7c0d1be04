// SPDX-License-Identifier: GPL-3.0-or-later
#include "srtp_state.hpp"

namespace media {

bool has_keys(pjmedia_transport* transport) {
    pjmedia_transport_info info;
    pjmedia_transport_info_init(&info);
    pjmedia_transport_get_info(transport, &info);
    const auto* const srtp =
        static_cast<const pjmedia_srtp_info*>(pjmedia_transport_info_get_spc_info(&info, PJMEDIA_TRANSPORT_TYPE_SRTP));
    return srtp != nullptr && srtp->active;
}

Encryption encryption_of(pjmedia_transport* transport, bool dtls) {
    if (!has_keys(transport)) return Encryption::none;
    return dtls ? Encryption::dtls : Encryption::sdes;
}

bool agrees_on_dtls(const pjmedia_sdp_session* local, const pjmedia_sdp_session* remote, unsigned index) {
    const auto has_fingerprint = [index](const pjmedia_sdp_session* sdp) {
        if (sdp == nullptr || index >= sdp->media_count) return false;
        return pjmedia_sdp_media_find_attr2(sdp->media[index], "fingerprint", nullptr) != nullptr ||
               pjmedia_sdp_attr_find2(sdp->attr_count, sdp->attr, "fingerprint", nullptr) != nullptr;
    };
    return has_fingerprint(local) && has_fingerprint(remote);
}

void set_up_dtls([[maybe_unused]] pj_timer_heap_t* timers, [[maybe_unused]] bool learn) {
#if defined(PJMEDIA_SRTP_DTLS_HAS_SETUP) && defined(PJMEDIA_SRTP_HAS_DTLS) && PJMEDIA_SRTP_HAS_DTLS
    pjmedia_transport_srtp_dtls_setup(timers, learn);
#endif
}

}  // namespace media
