// SPDX-License-Identifier: GPL-3.0-or-later
// What a datagram is that came where RTP belongs.

#pragma once

#include <pjmedia/rtp.h>

#include <cstdint>

namespace media {

inline bool is_rtp(const void* packet, pj_ssize_t size) noexcept {
    return size >= static_cast<pj_ssize_t>(sizeof(pjmedia_rtp_hdr)) && *static_cast<const std::uint8_t*>(packet) >> 6 == 2;
}

// RFC 3550 section 6.4 and RFC 5761 section 4: version 2, and a type that is no payload of RTP.
inline bool is_rtcp(const void* packet, pj_ssize_t size) noexcept {
    const auto* const bytes = static_cast<const std::uint8_t*>(packet);
    return size >= 8 && bytes[0] >> 6 == 2 && bytes[1] >= 192 && bytes[1] <= 223;
}

}  // namespace media
