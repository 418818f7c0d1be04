// SPDX-License-Identifier: GPL-3.0-or-later
#include "handed_line.hpp"

#include <fcntl.h>
#include <pjsua-lib/pjsua_internal.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "packet_reader.hpp"

namespace media {
namespace {

// Whoever has the slot; nullptr if nobody does. With PJSIP's lock.
const pjsua_call_media* audio_of(pjsua_conf_port_id slot) {
    for (unsigned c = 0; c < pjsua_var.ua_cfg.max_calls; ++c) {
        const pjsua_call& call = pjsua_var.calls[c];
        for (unsigned m = 0; call.inv != nullptr && m < call.med_cnt; ++m)
            if (call.media[m].type == PJMEDIA_TYPE_AUDIO && call.media[m].strm.a.conf_slot == slot) return &call.media[m];
    }
    return nullptr;
}

bool is_plain(pjmedia_transport_info& info) {
    const auto* const srtp =
        static_cast<const pjmedia_srtp_info*>(pjmedia_transport_info_get_spc_info(&info, PJMEDIA_TRANSPORT_TYPE_SRTP));
    return (srtp == nullptr || !srtp->active) &&
           pjmedia_transport_info_get_spc_info(&info, PJMEDIA_TRANSPORT_TYPE_ICE) == nullptr;
}

}  // namespace

HandedLine::HandedLine(HandedLine&& other) noexcept { *this = std::move(other); }

HandedLine& HandedLine::operator=(HandedLine&& other) noexcept {
    host.swap(other.host);
    std::swap(port, other.port);
    std::swap(sends, other.sends);
    std::swap(takes, other.takes);
    std::swap(keys, other.keys);
    std::swap(socket_, other.socket_);
    return *this;
}

HandedLine::~HandedLine() {
    if (socket_ >= 0) ::close(socket_);
}

int HandedLine::take() noexcept { return std::exchange(socket_, -1); }

std::optional<HandedLine> hand_over(pjsua_conf_port_id slot, RtpStream& stream) {
    std::optional<HandedLine> line;
    PJSUA_LOCK();
    const pjsua_call_media* const media = audio_of(slot);
    pjmedia_stream_info format;
    pjmedia_transport_info info;
    pjmedia_transport_info_init(&info);
    if (media != nullptr && media->tp != nullptr && media->strm.a.stream != nullptr &&
        pjmedia_stream_get_info(media->strm.a.stream, &format) == PJ_SUCCESS &&
        pjmedia_transport_get_info(media->tp, &info) == PJ_SUCCESS && is_plain(info) &&
        PacketReader::leave(static_cast<int>(info.sock_info.rtp_sock))) {
        stream.rest();
        line.emplace();
        std::array<char, PJ_INET6_ADDRSTRLEN> host{};
        pj_sockaddr_print(&format.rem_addr, host.data(), static_cast<int>(host.size()), 0);
        line->host = host.data();
        line->port = pj_sockaddr_get_port(&format.rem_addr);
        line->sends = format.tx_pt;
        line->takes = format.rx_pt;
        line->keys = format.tx_event_pt;
        line->socket_ = ::fcntl(static_cast<int>(info.sock_info.rtp_sock), F_DUPFD_CLOEXEC, 0);
    }
    PJSUA_UNLOCK();
    return line;
}

}  // namespace media
