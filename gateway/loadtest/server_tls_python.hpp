// SPDX-License-Identifier: GPL-3.0-or-later
// What Python sees of a tone server's TLS. Nothing where OpenSSL was not there to build with.

#pragma once

#include <nanobind/nanobind.h>

namespace loadtest {

void bind_server_tls(nanobind::module_& m);

}  // namespace loadtest
