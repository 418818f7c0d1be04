// SPDX-License-Identifier: GPL-3.0-or-later
// Puts the far end's session description into words that PJSIP takes as they are meant.
//
//   all streams of an offer but the first of     switched off before anything is opened for them: they get port 0
//   audio that we can take                       in the answer (RFC 3264 section 6); text, which PJSIP could do, too
//   a payload number that stands there twice     once; of two names for it the one that we speak, for G.711 takes
//                                                telephone-event/8000 and not /16000 (RFC 4733 section 2.1)
//   codecs of an offer                           in our order, and without those that are not wanted here (spoken.hpp)
//   Opus in stereo, at an odd rate               in mono, at a rate that our clock keeps (opus_format.hpp)
//   keys that we cannot use                      without them, and with one of each tag (encryption.hpp)
//   ptime, maxptime                              one ptime that we can keep (packet_time.hpp)
//
// PJSIP takes no description in which anything at all is amiss, be it in a stream that is not wanted: a payload
// number without a name (RFC 8866 section 6.6), a number above 127, as of a data channel. It is read again without.
//
// On the SIP thread, before PJSIP reads it.

#pragma once

#include <pjmedia.h>
#include <pjsip_ua.h>

#include "encryption.hpp"

namespace sip {

// The description in a message, nullptr if there is none that can be read.
pjmedia_sdp_session* sdp_of(pjsip_rx_data* message);

// Whether a stream of audio is wanted, at an address of a family that the call can have.
bool reaches_us(const pjmedia_sdp_session& sdp, const pjmedia_sdp_media& media, const AudioPolicy& wanted);

// Whether a stream of audio has a port, and a codec that is spoken here.
bool speaks_our_codec(const pjmedia_sdp_media& media);

bool speaks_our_codec(const pjmedia_sdp_session& offer, const AudioPolicy& wanted);

// Leave of an offer the one stream that is taken, the first that is encrypted if we may, and mend what PJSIP would
// read otherwise than it is meant.
void read_as_meant(pj_pool_t* pool, pjmedia_sdp_session& sdp, bool offered, const AudioPolicy& wanted);

// After libInit: have new offers inside a call that have no such stream answered 488. `Dialog` is told all the same.
void refuse_unspoken_offers();

}  // namespace sip
