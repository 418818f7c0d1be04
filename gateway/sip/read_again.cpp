// SPDX-License-Identifier: GPL-3.0-or-later

#include "read_again.hpp"

#include <algorithm>
#include <cstring>

namespace sip {

pjsip_rx_data* read_again(pj_pool_t* pool, pjsip_transport* transport, const pj_sockaddr& source, std::string_view text) {
    auto* const message = PJ_POOL_ZALLOC_T(pool, pjsip_rx_data);
    auto& packet = message->pkt_info;
    message->tp_info.pool = pool;
    message->tp_info.transport = transport;
    packet.src_addr = source;
    packet.src_addr_len = static_cast<int>(pj_sockaddr_get_len(&source));
    pj_sockaddr_print(&source, packet.src_name, sizeof packet.src_name, 0);
    packet.src_port = pj_sockaddr_get_port(&source);
    pj_gettimeofday(&packet.timestamp);
    const std::size_t length = std::min(text.size(), sizeof packet.packet - 1);
    std::memcpy(packet.packet, text.data(), length);
    packet.len = static_cast<pj_ssize_t>(length);
    message->msg_info.msg_buf = packet.packet;
    message->msg_info.len = static_cast<int>(length);
    pj_list_init(&message->msg_info.parse_err);
    pjsip_parse_rdata(packet.packet, length, message);
    return message;
}

}  // namespace sip
