// SPDX-License-Identifier: GPL-3.0-or-later
#include "rtp_ports.hpp"

#include <algorithm>

namespace media {

RtpPorts::RtpPorts(unsigned low, unsigned high) : low_(low + low % 2), high_(high) {
    for (unsigned port = low_; port + 1 <= high_; port += 2) free_.push_back(port);
}

// One that was next and is not taken is somebody else's: it is tried again after all others.
void RtpPorts::take(unsigned port) {
    const auto taken = std::find(free_.begin(), free_.end(), port);
    if (taken == free_.end()) return;
    std::rotate(free_.begin(), taken, free_.end());
    free_.pop_front();
}

void RtpPorts::give_back(unsigned port) {
    const bool ours = port >= low_ && port + 1 <= high_ && port % 2 == 0;
    if (ours && std::find(free_.begin(), free_.end(), port) == free_.end()) free_.push_back(port);
}

}  // namespace media
