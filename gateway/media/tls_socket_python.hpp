// SPDX-License-Identifier: GPL-3.0-or-later
// What Python sees of a connection under TLS; see gateway/media/tls.py.

#pragma once

#include <nanobind/nanobind.h>

namespace media {

// Behind what is bound of `SecureSocket`.
void bind_tls_socket(nanobind::module_& m);

}  // namespace media
