// SPDX-License-Identifier: GPL-3.0-or-later
// Memory that is wanted soon is asked for while there is something else to do: between two turns of a call the
// processor has forgotten it, and waits for each line of it longer than the work on it takes.
//
// A hint: it changes nothing but the time.

#pragma once

#include <cstddef>
#include <cstdint>

namespace media {

constexpr std::size_t kCacheLine = 64;  // bytes

inline void fetch(const void* memory, std::size_t bytes = 1) noexcept {
    asm volatile("");  // GCC leaves out calls of a function that does nothing but ask: it has no effect
    const auto begin = reinterpret_cast<std::uintptr_t>(memory);
    for (std::uintptr_t line = begin & ~(kCacheLine - 1); line < begin + bytes; line += kCacheLine)
        __builtin_prefetch(reinterpret_cast<const void*>(line));
}

// What lies between two members of one object, the first of them included.
inline void fetch_between(const void* from, const void* to) noexcept {
    fetch(from, reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from));
}

}  // namespace media
