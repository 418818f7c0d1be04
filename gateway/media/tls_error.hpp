// SPDX-License-Identifier: GPL-3.0-or-later
// What OpenSSL says was wrong.

#pragma once

#include <openssl/err.h>

#include <stdexcept>
#include <string>

namespace media {

inline std::string tls_error() {
    const char* const words = ERR_reason_error_string(ERR_peek_last_error());
    return words != nullptr ? words : "";
}

// Throws std::runtime_error unless it is done.
inline void need_tls(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("TLS: ") + what + ": " + tls_error());
}

}  // namespace media
