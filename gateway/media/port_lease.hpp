// SPDX-License-Identifier: GPL-3.0-or-later
// A call's RTP port, from when its media transport was made until it is closed; and which one PJSIP tries next, for
// all accounts of the same range. The SIP thread's alone.

#pragma once

#include <pjsua-lib/pjsua.h>

#include <memory>

#include "rtp_ports.hpp"

namespace media {

class PortLease {
public:
    // Of a call's transport that PJSIP has just made.
    PortLease(pjsua_call_id call, pjmedia_transport* transport);
    // It is closed.
    ~PortLease();
    PortLease(const PortLease&) = delete;
    PortLease& operator=(const PortLease&) = delete;

private:
    std::shared_ptr<RtpPorts> ports_;  // none where the system chooses
    unsigned port_ = 0;
    unsigned low_ = 0;
    unsigned range_ = 0;
};

}  // namespace media
