// SPDX-License-Identifier: GPL-3.0-or-later
// Stands in for tls.cpp and tls_python.cpp where there is no OpenSSL to build with: TLS towards models is Python's.
#include "tls_python.hpp"

namespace media {

void bind_tls(nanobind::module_&) {}

}  // namespace media
