// SPDX-License-Identifier: GPL-3.0-or-later
// INFO inside a call (RFC 6086): keys, and everything else.
//
// pjsua reads application/media_control+xml, and of application/dtmf-relay the first letter: key 1 where 10 means
// the star. What else comes in an INFO gets 500 from a dialog that nobody told about it. Answered here instead, as
// section 4.2.2 asks:
//
//   a key (key_text.hpp)     200, and it is told like any other; 400 if it is none
//   no body                  200: some peers ask that way whether the call is still there
//   an Info-Package          469 with an empty Recv-Info: none was ever agreed upon
//   another body             415 with Accept (RFC 3261 section 21.4.13)

#pragma once

namespace sip {

// Answer them from now on. After libInit, which takes it back; on the SIP thread.
void answer_info();

}  // namespace sip
