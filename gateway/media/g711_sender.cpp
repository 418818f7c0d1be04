// SPDX-License-Identifier: GPL-3.0-or-later
#include "g711_sender.hpp"

#include <array>
#include <cstring>

#include "fetch.hpp"
#include "g711.hpp"
#include "stream_memory.hpp"

namespace media {
namespace {

#ifdef PJMEDIA_STREAM_HAS_IS_DIALING
constexpr bool kTellsOfKeys = true;
bool is_dialing(const pjmedia_stream_common* stream) noexcept {
    return pjmedia_stream_is_dialing(reinterpret_cast<const pjmedia_stream*>(stream)) != PJ_FALSE;
}
#else  // a PJSIP without our patch (deploy/pjsip/patches/0051)
constexpr bool kTellsOfKeys = false;
bool is_dialing(const pjmedia_stream_common*) noexcept { return true; }
#endif

struct Packet {
    pjmedia_rtp_hdr header;
    std::array<std::uint8_t, G711Sender::kMostSamples> codes;
};
static_assert(sizeof(pjmedia_rtp_hdr) + G711Sender::kMostSamples == sizeof(Packet));

}  // namespace

std::optional<G711Sender> G711Sender::of(const pjmedia_port& port, const pjmedia_stream_info& info) noexcept {
    const pj_str_t& codec = info.fmt.encoding_name;
    const bool mu = pj_stricmp2(&codec, "PCMU") == 0;
    if (!kTellsOfKeys || (!mu && pj_stricmp2(&codec, "PCMA") != 0)) return std::nullopt;
    if (info.fmt.clock_rate != 8000 || (info.dir & PJMEDIA_DIR_ENCODING) == 0) return std::nullopt;
    if (info.param == nullptr || info.param->setting.vad != 0 || PJMEDIA_PIA_SPF(&port.info) > kMostSamples) return std::nullopt;
    return G711Sender(port, mu ? kPcmu : kPcma);
}

// A stream of PJSIP begins with what all kinds have.
G711Sender::G711Sender(const pjmedia_port& port, unsigned type) noexcept
    : stream_(static_cast<pjmedia_stream_common*>(port.port_data.pdata)), out_(stream_->enc), transport_(stream_->transport), type_(type) {}

bool G711Sender::is_ordinary(std::uint32_t timestamp) const noexcept {
    const pjmedia_stream_common& stream = *stream_;
    if (!begun_ || out_->paused != PJ_FALSE || stream.enc_buf != nullptr) return false;
#if defined(PJMEDIA_STREAM_ENABLE_KA) && PJMEDIA_STREAM_ENABLE_KA != 0
    if (stream.use_ka != PJ_FALSE) return false;
#endif
    const bool report = stream.rtcp_last_tx == 0 || timestamp - stream.rtcp_last_tx >= stream.rtcp_interval;
    return !report && !is_dialing(stream_);
}

// A packet that does not leave is not counted, but has its number (put_frame_imp in stream.c).
bool G711Sender::send(const std::int16_t* samples, std::size_t count) noexcept {
    pjmedia_rtp_session& session = out_->rtp;
    const std::uint32_t timestamp = pj_ntohl(session.out_hdr.ts) + static_cast<std::uint32_t>(count);
    if (count > kMostSamples || !is_ordinary(timestamp)) return false;
    const auto number = static_cast<std::uint16_t>(++session.out_extseq);
    pjmedia_rtp_hdr& header = session.out_hdr;
    header.pt = static_cast<std::uint8_t>(out_->pt) & 0x7F;
    header.m = 0;
    header.seq = pj_htons(number);
    header.ts = pj_htonl(timestamp);
    Packet packet;
    packet.header = header;
    encode(type_, samples, count, packet.codes.data());
    if (pjmedia_transport_send_rtp(stream_->transport, &packet, sizeof header + count) != PJ_SUCCESS) return true;
    pjmedia_rtcp_tx_rtp(&stream_->rtcp, static_cast<unsigned>(count));
    stream_->rtcp.stat.rtp_tx_last_ts = timestamp;
    stream_->rtcp.stat.rtp_tx_last_seq = number;
    return true;
}

void G711Sender::expect() const noexcept {
    const pjmedia_stream_common& stream = *stream_;
    const auto& own = reinterpret_cast<const StreamMemory&>(stream);
    fetch_between(&stream.transport, &stream.frame_size);
    fetch(&stream.rtcp_last_tx, sizeof stream.rtcp_last_tx);
    fetch(&stream.rtcp_interval, sizeof stream.rtcp_interval);
    fetch(&stream.rtcp.stat.tx.pkt, 2 * sizeof stream.rtcp.stat.tx.pkt);
    fetch(&stream.rtcp.stat.rtp_tx_last_ts, 2 * sizeof stream.rtcp.stat.rtp_tx_last_ts);
    fetch_between(&out_->pt, &out_->rtp.seq_ctrl);
    fetch(&out_->rtp.out_extseq, sizeof out_->rtp.out_extseq);
    fetch_between(&own.queued, &own.keys);
    fetch(&own.pause, sizeof own.pause);
    fetch(transport_, 4 * kCacheLine);
}

}  // namespace media
