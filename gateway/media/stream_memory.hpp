// SPDX-License-Identifier: GPL-3.0-or-later
// Where PJSIP's stream keeps what it needs to send a packet, to ask for it in time (`fetch.hpp`): some twenty lines of
// memory, each of which it would wait for.

#pragma once

#include <pjmedia.h>
#include <pjmedia/stream_common.h>

#include <cstddef>

#include "fetch.hpp"

namespace media {

// How stream.c lays it out. Were it otherwise one day, other lines would be asked for, and that is all.
struct StreamMemory {
    pjmedia_stream_common common;
    void* codecs;
    pjmedia_stream_info info;
    pjmedia_codec* codec;
    pjmedia_codec_param codec_param;
    std::byte packet_sizes[108];  // and whether it is streaming
    int queued;                   // keys
    std::byte keys[512];
    std::byte key_sizes[12];
    pj_uint32_t pause;            // after a key
};

// `transport`: how much of it is needed.
inline void expect_put_frame(const pjmedia_port& port, std::size_t transport) noexcept {
    const auto* const stream = static_cast<const StreamMemory*>(port.port_data.pdata);
    const pjmedia_stream_common& common = stream->common;
    fetch_between(&common.enc, &common.rtcp);
    fetch_between(&common.rtcp.stat.tx, &common.rtcp.stat.rx);
    fetch_between(&common.rtcp.stat.rtp_tx_last_ts, &common.rtcp_fb_last_tx);
    fetch(&stream->codec, 2 * kCacheLine);
    fetch_between(stream->packet_sizes, stream->keys);
    fetch_between(stream->key_sizes, &stream->pause + 1);
    fetch(common.enc, sizeof *common.enc);
    fetch(common.transport, transport);
}

}  // namespace media
