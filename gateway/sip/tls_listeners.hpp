// SPDX-License-Identifier: GPL-3.0-or-later
// Renewed certificates, without a connection that breaks: a listener closes and opens again with the new files, and
// what was connected goes on with the old ones.
//
// On the SIP thread.

#pragma once

#include <string>

namespace sip {

struct TlsFiles {
    std::string certificate;
    std::string key;
    std::string authorities;
    bool verifies = true;   // those that we connect to
    bool asks = false;      // whoever connects for a certificate
};

// Have pjsua's listener of that number show and trust these from now on. Throws PjError.
void renew_tls(int listener, const TlsFiles& files);

}  // namespace sip
