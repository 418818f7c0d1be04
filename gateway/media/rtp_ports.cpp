// SPDX-License-Identifier: GPL-3.0-or-later
#include "rtp_ports.hpp"

#include <algorithm>

namespace media {
namespace {

constexpr unsigned kTries = 100;  // PJSIP's, of ports in a row (RTP_RETRY)

}  // namespace

RtpPorts::RtpPorts(unsigned low, unsigned high) : low_(low + low % 2), high_(high) {
    for (unsigned port = low_; port + 1 <= high_; port += 2) free_.push_back(port);
}

// One that was next and is not taken is somebody else's, as are those that PJSIP has tried after it. They are tried again
// when no other is free: where their neighbours' calls are up, PJSIP would give up a call.
void RtpPorts::take(unsigned port) {
    const unsigned first = next(), pairs = (high_ + 1 - low_) / 2;
    const auto steps = [&](unsigned to) { return (to + 2 * pairs - first) / 2 % pairs; };  // round the range
    const auto tried = [&](unsigned other) { return steps(port) < kTries && steps(other) < steps(port); };
    foreign_.erase(std::remove(foreign_.begin(), foreign_.end(), port), foreign_.end());
    const auto taken = std::find(free_.begin(), free_.end(), port);
    if (taken == free_.end()) return;
    free_.erase(taken);
    if (port == first) return;
    const auto rest = std::stable_partition(free_.begin(), free_.end(), [&](unsigned other) { return !tried(other); });
    foreign_.insert(foreign_.end(), rest, free_.end());
    free_.erase(rest, free_.end());
}

void RtpPorts::give_back(unsigned port) {
    const bool ours = port >= low_ && port + 1 <= high_ && port % 2 == 0;
    const auto has = [&](const std::deque<unsigned>& ports) { return std::find(ports.begin(), ports.end(), port) != ports.end(); };
    if (ours && !has(free_) && !has(foreign_)) free_.push_back(port);
}

}  // namespace media
