// SPDX-License-Identifier: GPL-3.0-or-later
// What Python sees of a model's link, and is told by it; see gateway.media.model_link.

#pragma once

#include <nanobind/nanobind.h>

namespace media {

void bind_link(nanobind::module_& m);

}  // namespace media
