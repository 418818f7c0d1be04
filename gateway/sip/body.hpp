// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies of INVITE and UPDATE that can lead to no call: refused before anybody rings or opens a session.
//
//   Accept without application/sdp        406 (sections 20.1, 21.4.7): we have no other answer
//   not application/sdp, or compressed    415 with what is understood (RFC 3261 sections 8.2.3, 21.4.13)
//   without a Content-Type                415: nobody can know what it is (section 20.15 wants one)
//   optional and not understood           left out, as Content-Disposition allows (section 20.11)
//   no session description                400 (section 21.4.1)
//   no audio at an IPv4 address           488 with Warning 301 (sections 21.4.26 and 20.43); where we have one, IPv6
//                                         is as good, but a call does not change from one to the other
//   encrypted audio alone                 488 with Warning 302, also where none of its keys is one that we can use
//   none with a codec that we speak       488 with Warning 305: keys or fax alone, or other codecs
//
// Left to itself PJSIP notices some of these when it answers, and says 500. Inside a call a refusal leaves
// everything as it was (section 14.2).
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

namespace sip {

// Answer an INVITE or UPDATE whose body is of no use; true if it was answered. May leave the body out.
bool refuse_body(pjsip_rx_data* request);

}  // namespace sip
