// SPDX-License-Identifier: GPL-3.0-or-later
// Takes a message as a whole or not at all (RFC 3261 sections 7.5, 18.3, 20.14): what is read in part may be
// another message, an INVITE without its offer, say.
//
//   a request of more than 16 000 bytes          513; over TCP the rest of it is read, and thrown away
//   Content-Length beyond the datagram's end     400; a response is dropped
//   Content-Length short of it                   what comes behind the body is not looked at
//   a header twice that there is only once       400
//   over TCP: no Content-Length, or none that    400, and nothing more is heard on the connection, which is closed:
//   can be read; lines that end otherwise        nobody can tell where the next message begins
//   than with CRLF; a head without an end
//   over TCP: CRLF CRLF between messages         CRLF, as RFC 5626 section 3.5.1 has it
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

namespace sip {

// After libInit. Throws PjError.
void frame_messages();

// Before PJSIP looks for a message in what has come over a connection: take out what is not for it.
void frame_bytes(pjsip_tp_rx_data* data);

// Close what nothing can be read from; to be asked every second.
void close_unreadable();

// The connection is gone.
void forget_frame(const pjsip_transport* connection);

}  // namespace sip
