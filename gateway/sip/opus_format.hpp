// SPDX-License-Identifier: GPL-3.0-or-later
// What a far end asks of our Opus (RFC 7587 section 6.1), within what we can make.

#pragma once

#include <string>

namespace sip {

// An fmtp with one channel, and 8 or 16 kHz, where it asks for two or for another rate; anything else as it was.
// PJSIP would make a stream of two channels, or one that runs at 12 kHz or at whatever number stands there.
std::string opus_bounded(const std::string& fmtp);

}  // namespace sip
