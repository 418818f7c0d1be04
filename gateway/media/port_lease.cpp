// SPDX-License-Identifier: GPL-3.0-or-later
#include "port_lease.hpp"

#include <pjsua-lib/pjsua_internal.h>

#include <map>
#include <utility>

namespace media {
namespace {

// The ports of a range as long as any call of it is up.
std::shared_ptr<RtpPorts> ports_of(unsigned low, unsigned range) {
    static std::map<std::pair<unsigned, unsigned>, std::shared_ptr<RtpPorts>> ranges;
    std::shared_ptr<RtpPorts>& ports = ranges[{low, range}];
    if (!ports) ports = std::make_shared<RtpPorts>(low, low + range);
    return ports;
}

void have_tried_next(unsigned low, unsigned range, unsigned port) {
    if (port == 0) return;
    for (pjsua_acc& account : pjsua_var.acc) {
        const pjsua_transport_config& rtp = account.cfg.rtp_cfg;
        if (account.valid && rtp.port == low && rtp.port_range == range)
            account.next_rtp_port = static_cast<pj_uint16_t>(port);
    }
}

}  // namespace

PortLease::PortLease(pjsua_call_id call, pjmedia_transport* transport) {
    const pjsua_transport_config& rtp = pjsua_var.acc[pjsua_var.calls[call].acc_id].cfg.rtp_cfg;
    if (rtp.port == 0 || rtp.port_range == 0) return;
    low_ = rtp.port;
    range_ = rtp.port_range;
    pjmedia_transport_info info;
    pjmedia_transport_info_init(&info);
    pjmedia_transport_get_info(transport, &info);
    port_ = pj_sockaddr_get_port(&info.sock_info.rtp_addr_name);
    ports_ = ports_of(low_, range_);
    ports_->take(port_);
    have_tried_next(low_, range_, ports_->next());
}

PortLease::~PortLease() {
    if (!ports_) return;
    ports_->give_back(port_);
    have_tried_next(low_, range_, ports_->next());
}

}  // namespace media
