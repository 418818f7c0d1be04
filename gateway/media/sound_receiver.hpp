// SPDX-License-Identifier: GPL-3.0-or-later
// What makes whole ticks of sound out of a stream's packets, in place of PJSIP's stream.
//
// The media thread's alone, but for `takes`.

#pragma once

#include <cstdint>

#include "jitter_buffer.hpp"

namespace media {

class SoundReceiver {
public:
    SoundReceiver() = default;
    SoundReceiver(const SoundReceiver&) = delete;
    SoundReceiver& operator=(const SoundReceiver&) = delete;
    virtual ~SoundReceiver() = default;

    // Whether packets of this type are understood.
    virtual bool takes(unsigned type) const noexcept = 0;

    // What is due, to `out`, at the line's rate. False before there is any.
    virtual bool tick(JitterBuffer& packets, std::int64_t now_ns, bool quiet, std::int16_t* out) noexcept = 0;

    // Asks for the memory that this will need.
    virtual void expect() const noexcept {}

    // Sound that was made up, because packets were lost or late.
    virtual std::uint64_t concealed_us() const noexcept = 0;
};

}  // namespace media
