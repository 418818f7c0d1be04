// SPDX-License-Identifier: GPL-3.0-or-later
#include "wake_up.hpp"

#include <algorithm>

namespace media {

void WakeUp::needed() noexcept { due_ns_ = 0; }

void WakeUp::needed_by(std::int64_t due_ns) noexcept { due_ns_ = std::min(due_ns_, due_ns); }

bool WakeUp::due(std::int64_t now_ns) const noexcept { return now_ns >= due_ns_; }

void WakeUp::rung() noexcept { due_ns_ = kNever; }

}  // namespace media
