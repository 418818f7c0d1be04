// SPDX-License-Identifier: GPL-3.0-or-later
#include "plain_line.hpp"

#include <sys/socket.h>

#include "peer.hpp"

namespace media {

bool names_no_keys(const pjmedia_sdp_session* remote, unsigned index) {
    if (remote == nullptr || index >= remote->media_count) return false;
    static constexpr const char* kNames[] = {"crypto", "fingerprint"};
    const pjmedia_sdp_media& line = *remote->media[index];
    if ((pjmedia_sdp_transport_get_proto(&line.desc.transport) & PJMEDIA_TP_PROFILE_SRTP) != 0) return false;
    for (const char* const name : kNames) {
        if (pjmedia_sdp_media_find_attr2(&line, name, nullptr) != nullptr) return false;
        if (pjmedia_sdp_attr_find2(remote->attr_count, remote->attr, name, nullptr) != nullptr) return false;
    }
    return true;
}

void PlainLine::lead(pjmedia_transport* transport, const pj_sockaddr& to) {
    cut();
    pjmedia_transport_info info;
    pjmedia_transport_info_init(&info);
    if (pjmedia_transport_get_info(transport, &info) != PJ_SUCCESS) return;
    if (pjmedia_transport_info_get_spc_info(&info, PJMEDIA_TRANSPORT_TYPE_ICE) != nullptr) return;
    const int family = info.sock_info.rtp_addr_name.addr.sa_family;
    const pj_sockaddr seen = seen_from(family, to);
    if (!pj_sockaddr_has_addr(&seen) || seen.addr.sa_family != family) return;
    to_ = seen;
    length_ = pj_sockaddr_get_len(&seen);
    socket_ = static_cast<int>(info.sock_info.rtp_sock);
}

bool PlainLine::send(const void* packet, std::size_t size) const noexcept {
    if (!open()) return false;
    return sendto(socket_, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to_), length_) ==
           static_cast<ssize_t>(size);
}

}  // namespace media
