// SPDX-License-Identifier: GPL-3.0-or-later
// The frame that carries a piece of the caller to a model: JSON with base64 in a masked WebSocket text message
// (RFC 6455 section 5.2), as gateway/realtime/events/wire.py makes it in Python.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace media {

// A client masks with keys that nobody can foretell (RFC 6455 section 10.3). They are drawn by the thousand: a
// system call for each would cost more than the mask.
class MaskKeys {
public:
    std::uint32_t next() noexcept;

private:
    std::array<std::uint32_t, 1024> keys_;
    std::size_t used_ = keys_.size();
};

// Makes one frame after the other in memory of its own. One thread's.
class AppendFrame {
public:
    static constexpr std::size_t kMostPcm = 20 * 960;  // bytes: 400 ms at 24 kHz

    // Of 100 bytes of PCM16LE to `kMostPcm`; valid until the next.
    std::string_view make(const std::uint8_t* pcm, std::size_t size) noexcept;

private:
    static constexpr std::size_t kHead = 8;  // of a frame of 126 to 65 535 bytes
    static constexpr std::size_t kJson = 64;

    alignas(8) std::array<char, kHead + kJson + (kMostPcm + 2) / 3 * 4 + 8> bytes_;
    MaskKeys keys_;
};

}  // namespace media
