// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream_hook.hpp"

#include <pjmedia-codec/g722.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "g711_receiver.hpp"
#include "g722_receiver.hpp"
#include "opus_receiver.hpp"
#include "source_lock.hpp"

namespace media {
namespace {

std::shared_ptr<Streams> taking;
JitterBounds waits;
decltype(pjsua_callback::on_stream_created2) replaced = nullptr;

pj_status_t release_pool(pjmedia_port* port) {
    pj_pool_release(static_cast<pj_pool_t*>(port->port_data.pdata));
    return PJ_SUCCESS;
}

// What the bridge has instead: nothing is pulled from it, and nothing given to it. The bridge lets go of a port in
// its next tick only, on another thread, so this one has a lifetime of its own.
pjmedia_port* stand_in() {
    pj_pool_t* const pool = pjsua_pool_create("stand-in", 512, 512);
    if (pool == nullptr) return nullptr;
    auto* const port = PJ_POOL_ZALLOC_T(pool, pjmedia_port);
    pj_str_t name = pj_str(const_cast<char*>("stand-in"));
    pjmedia_port_info_init(&port->info, &name, PJMEDIA_SIG_CLASS_PORT_AUD('S', 'I'), 8000, 1, 16, 160);
    port->port_data.pdata = pool;
    port->on_destroy = &release_pool;
    if (pjmedia_port_init_grp_lock(port, pool, nullptr) != PJ_SUCCESS) {
        pj_pool_release(pool);
        return nullptr;
    }
    return port;
}

// Of a call whose far end names it in its offer or answer.
std::optional<G722Codec> g722_of(pjsua_call_id call, unsigned media) {
    const pjsip_inv_session* const invite = pjsua_var.calls[call].inv;
    const pjmedia_sdp_session* far = nullptr;
    if (invite == nullptr || invite->neg == nullptr) return std::nullopt;
    if (pjmedia_sdp_neg_get_active_remote(invite->neg, &far) != PJ_SUCCESS || media >= far->media_count) return std::nullopt;
    const pjmedia_sdp_media& line = *far->media[media];
    const auto* const end = line.desc.fmt + line.desc.fmt_count;
    if (std::none_of(line.desc.fmt, end, [](const pj_str_t& type) { return pj_strcmp2(&type, "9") == 0; })) return std::nullopt;
    pjmedia_codec_mgr* const manager = pjmedia_endpt_get_codec_mgr(pjsua_get_pjmedia_endpt());
    const pjmedia_codec_info* format = nullptr;
    pjmedia_codec_param param;
    if (pjmedia_codec_mgr_get_codec_info(manager, kG722, &format) != PJ_SUCCESS) return std::nullopt;
    if (pjmedia_codec_mgr_get_default_param(manager, format, &param) != PJ_SUCCESS) return std::nullopt;
    G722Codec codec(manager, *format, param);
    return codec ? std::make_optional(std::move(codec)) : std::nullopt;
}

std::unique_ptr<SoundReceiver> g711_receiver(std::optional<G722Codec> wide) {
    if (!wide) return std::make_unique<G711Receiver>();
    return std::make_unique<G711Receiver>(G711Decoder(std::move(*wide)));
}

std::unique_ptr<SoundReceiver> receiver_of(pjsua_call_id call, unsigned media, const pjmedia_stream_info& info,
                                           const pjmedia_port& port) {
    const pj_str_t& codec = info.fmt.encoding_name;
    if ((info.dir & PJMEDIA_DIR_DECODING) == 0) return nullptr;
    const bool g711 = pj_stricmp2(&codec, "PCMU") == 0 || pj_stricmp2(&codec, "PCMA") == 0;
    if (g711) return info.fmt.clock_rate == 8000 ? g711_receiver(g722_of(call, media)) : nullptr;
    if (pj_stricmp2(&codec, "opus") == 0) return opus_receiver(PJMEDIA_PIA_SRATE(&port.info), info.rx_pt);
    if (pj_stricmp2(&codec, "G722") != 0 || info.param == nullptr) return nullptr;
    pjmedia_codec_mgr* const manager = pjmedia_endpt_get_codec_mgr(pjsua_get_pjmedia_endpt());
    G722Codec opened(manager, info.fmt, *info.param);
    if (!opened) return nullptr;
    return std::make_unique<G722Receiver>(G722Decoder(std::move(opened)));
}

// The timestamps' clock is that of the codec but for these two (RFC 3551 section 4.5.2, RFC 7587 section 4.1).
StreamFormat format_of(const pjmedia_stream_info& info) {
    const pj_str_t& codec = info.fmt.encoding_name;
    StreamFormat format;
    format.rtp_rate = info.fmt.clock_rate;
    format.type = info.rx_pt;
    format.waits = waits;
    if (pj_stricmp2(&codec, "G722") == 0) {
        format.rtp_rate = 8000;
        format.louder = true;
    } else if (pj_stricmp2(&codec, "opus") == 0) {
        format.rtp_rate = 48000;
    }
    return format;
}

// What the far end says of how it decodes; nullptr if it does not.
const pj_str_t* said_of(const char* name, const pjmedia_codec_fmtp& format) {
    const auto* const end = format.param + format.cnt;
    const auto* const found =
        std::find_if(format.param, end, [name](const auto& one) { return pj_stricmp2(&one.name, name) == 0; });
    return found == end ? nullptr : &found->val;
}

// PJSIP leaves the bits to Opus, which takes 19 kbit/s at 16 kHz and keeps some of them for what may be lost: G.722 is
// better then. It takes what it is told once it is open.
void give_bits(pjmedia_stream* stream, const pjmedia_stream_info& info) {
    constexpr unsigned kOfASample = 2;  // 32 kbit/s: RFC 7587 section 3.1.1
    if (pj_stricmp2(&info.fmt.encoding_name, "opus") != 0 || info.param == nullptr) return;
    pjmedia_codec_param param = *info.param;
    const pjmedia_codec_fmtp& far = param.setting.enc_fmtp;
    if (said_of("maxaveragebitrate", far) != nullptr) return;
    const pj_str_t* const corrects = said_of("useinbandfec", far);
    param.info.avg_bps = kOfASample * param.info.clock_rate;
    param.setting.plc = corrects != nullptr && pj_strcmp2(corrects, "1") == 0 ? 1 : 0;
    pjmedia_stream_modify_codec_param(stream, &param);
}

// pjsua's callback, before the port goes to the bridge.
void on_created(pjsua_call_id call, pjsua_on_stream_created_param* created) {
    if (!RtpStream::takes(*created->port)) return;
    pjmedia_transport* const transport = pjsua_var.calls[call].media[created->stream_idx].tp;
    pjmedia_stream_info info;
    if (pjmedia_stream_get_info(created->stream, &info) != PJ_SUCCESS) return;
    keys_come_as(transport, info.rx_event_pt);
    give_bits(created->stream, info);
    auto stream = std::make_shared<RtpStream>(created->port, format_of(info),
                                              receiver_of(call, created->stream_idx, info, *created->port),
                                              G711Sender::of(*created->port, info));
    pjmedia_port* const silent = stand_in();
    if (silent == nullptr || !carry(transport, stream)) {
        if (silent != nullptr) pjmedia_port_destroy(silent);
        return;
    }
    created->port = silent;
    created->destroy_port = PJ_TRUE;
    taking->join(std::move(stream));
}

}  // namespace

void take_streams(std::shared_ptr<Streams> streams, JitterBounds bounds) {
    waits = bounds;
    const bool installed = taking != nullptr;
    taking = std::move(streams);
    if (installed) return;
    // PJSIP scales G.722's 15 bits to 16 by 4, 6 dB too much, and by 2 from the first sample on that clips: we do it.
    pjmedia_codec_g722_set_pcm_shift(0);
    replaced = pjsua_var.ua_cfg.cb.on_stream_created2;
    pjsua_var.ua_cfg.cb.on_stream_created2 = &on_created;
}

void leave_streams() noexcept {
    if (taking == nullptr) return;
    pjsua_var.ua_cfg.cb.on_stream_created2 = replaced;
    taking.reset();
}

}  // namespace media
