// SPDX-License-Identifier: GPL-3.0-or-later
// Stands in for server_tls_python.cpp where there is no OpenSSL to build with: a tone server speaks plainly then.
#include "server_tls_python.hpp"

namespace loadtest {

void bind_server_tls(nanobind::module_&) {}

}  // namespace loadtest
