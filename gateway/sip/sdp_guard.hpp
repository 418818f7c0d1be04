// SPDX-License-Identifier: GPL-3.0-or-later
// Takes no SDP that would have us send RTP where none goes: to a group, a broadcast address, ourselves.
//
//   INVITE, UPDATE, PRACK with such an offer    488 with Warning (RFC 3261 sections 21.4.26 and 20.43);
//                                               inside a call everything stays as it was (section 14.2)
//   an answer, in ACK or a response             the stream counts as refused by the far end
//
// An address is written in numbers. A host name is allowed by RFC 8866 section 5.7, but nobody sends one, and
// PJSIP would wait for the name server on the only SIP thread, for whoever sends one packet. 0.0.0.0 is a call
// on hold (RFC 3264 section 8.4), in a first offer, too.
//
// On the SIP thread.

#pragma once

namespace sip {

// After libInit, which takes it back. Throws PjError.
void guard_sdp();

}  // namespace sip
