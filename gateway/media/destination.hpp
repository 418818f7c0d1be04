// SPDX-License-Identifier: GPL-3.0-or-later
// Where no RTP goes, whoever asks for it.
//
// Anybody who can send us one packet can write an SDP, and the address in it need not be his. Towards a group
// or a whole network one packet becomes many (RFC 1112, RFC 919); towards our own media ports calls would hear
// each other, and feed on what they hear; towards our SIP port we would have to parse it.
//
// A port of our range is ours if a call holds it or could be given it next; one that another program of this
// machine holds is that program's: a PBX beside us may well use the same range of numbers.
//
// On the SIP thread. A few system calls, and none that waits.

#pragma once

#include <pjlib.h>

namespace media {

// Why nothing may be sent there, nullptr if it may. An address of zeros is no destination (RFC 3264 section
// 8.4), and not objected to. `rtcp` may be without an address: then it is the port after that of RTP.
const char* objection(const pj_sockaddr& rtp, const pj_sockaddr& rtcp);

// Whether it is an address of this machine.
bool is_local(const pj_sockaddr& address);

}  // namespace media
