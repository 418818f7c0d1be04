// SPDX-License-Identifier: GPL-3.0-or-later
// What encrypts and signs the packets of SRTP: OpenSSL's AES and SHA-1, which use what the processor has for them.
//
// libsrtp may be built with another library, as Debian's is with NSS, which makes and forgets an object of its own
// for each packet. It lets its ciphers be replaced by others that pass the same tests.

#pragma once

namespace media {

// Have all sessions of SRTP that are made from now on use them. After PJMEDIA has started libsrtp, each time that it
// has. Where they do not pass libsrtp's tests its own stay.
void use_fast_srtp() noexcept;

}  // namespace media
