// SPDX-License-Identifier: GPL-3.0-or-later
// What Python sees of TLS towards models; see gateway/media/tls.py. Nothing where OpenSSL was not there to build with.

#pragma once

#include <nanobind/nanobind.h>

namespace media {

void bind_tls(nanobind::module_& m);

}  // namespace media
