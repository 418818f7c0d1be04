// SPDX-License-Identifier: GPL-3.0-or-later
// Stands in for tls.cpp, tls_python.cpp and srtp_ciphers.cpp where there is no OpenSSL to build with: TLS towards models
// is Python's, and SRTP goes by what libsrtp was built with.
#include "srtp_ciphers.hpp"
#include "tls_python.hpp"

namespace media {

void bind_tls(nanobind::module_&) {}

void use_fast_srtp() noexcept {}

}  // namespace media
