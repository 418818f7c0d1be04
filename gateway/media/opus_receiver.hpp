// SPDX-License-Identifier: GPL-3.0-or-later
// A caller's sound out of packets of Opus (RFC 7587), at 8 or 16 kHz. What is lost is taken out of the next packet, where
// that is here and carries it (in-band FEC, RFC 6716 section 2.1.7); else the codec goes on from its own state.
//
// A phone that goes over to G.711 without a word is understood as well.
//
// PJSIP's own is not used: for the sake of FEC it decodes each packet when the next one comes, 20 ms later, loss or not.

#pragma once

#include <memory>

#include "sound_receiver.hpp"

namespace media {

// SIP thread. `rate`: of the line; `type`: what its packets are marked with. None where Opus was not there to build with.
std::unique_ptr<SoundReceiver> opus_receiver(unsigned rate, unsigned type);

}  // namespace media
