// SPDX-License-Identifier: GPL-3.0-or-later
// What PJSIP's stream does with most packets that it sends, in short: encode G.711, number it, pass it to the transport,
// count it. All of PJSIP's own books are kept, so that either may send the next one.
//
// PJSIP sends what is anything else: the first packet, which is marked (RFC 3551 section 4.1), keys (RFC 4733), and
// the one with which a report is due. For that it looks at some twenty lines of memory, all of which a hundred calls
// have pushed out of the cache since the last time.

#pragma once

#include <pjmedia.h>
#include <pjmedia/stream_common.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace media {

class G711Sender {
public:
    static constexpr std::size_t kMostSamples = 480;  // in a packet

    // SIP thread. Nothing of a stream that sends another codec, leaves silence out, or would not say when it sends keys.
    static std::optional<G711Sender> of(const pjmedia_port& port, const pjmedia_stream_info& info) noexcept;

    // Media thread, with one packet's samples. False if it is PJSIP's to send.
    bool send(const std::int16_t* samples, std::size_t count) noexcept;
    // PJSIP has sent one, if it sends at all.
    void has_begun() noexcept { begun_ = begun_ || out_->paused == PJ_FALSE; }
    // Asks for the memory that this will need.
    void expect() const noexcept;

private:
    G711Sender(const pjmedia_port& port, unsigned type) noexcept;

    bool is_ordinary(std::uint32_t timestamp) const noexcept;

    pjmedia_stream_common* stream_;
    pjmedia_channel* out_;
    const pjmedia_transport* transport_;  // when the stream was made: to ask for its memory
    unsigned type_;       // kPcmu or kPcma
    bool begun_ = false;  // the far end has been sent sound
};

}  // namespace media
