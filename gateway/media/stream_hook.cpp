// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream_hook.hpp"

#include <pjmedia-codec/g722.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <memory>
#include <utility>

#include "g711_receiver.hpp"
#include "g722_receiver.hpp"
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

std::unique_ptr<SoundReceiver> receiver_of(const pjmedia_stream_info& info) {
    const pj_str_t& codec = info.fmt.encoding_name;
    if ((info.dir & PJMEDIA_DIR_DECODING) == 0) return nullptr;
    const bool g711 = pj_stricmp2(&codec, "PCMU") == 0 || pj_stricmp2(&codec, "PCMA") == 0;
    if (g711) return info.fmt.clock_rate == 8000 ? std::make_unique<G711Receiver>() : nullptr;
    if (pj_stricmp2(&codec, "G722") != 0 || info.param == nullptr) return nullptr;
    pjmedia_codec_mgr* const manager = pjmedia_endpt_get_codec_mgr(pjsua_get_pjmedia_endpt());
    G722Decoder decoder(manager, info.fmt, *info.param);
    if (!decoder) return nullptr;
    return std::make_unique<G722Receiver>(std::move(decoder));
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

// pjsua's callback, before the port goes to the bridge.
void on_created(pjsua_call_id call, pjsua_on_stream_created_param* created) {
    if (!RtpStream::takes(*created->port)) return;
    pjmedia_transport* const transport = pjsua_var.calls[call].media[created->stream_idx].tp;
    pjmedia_stream_info info;
    if (pjmedia_stream_get_info(created->stream, &info) != PJ_SUCCESS) return;
    keys_come_as(transport, info.rx_event_pt);
    auto stream = std::make_shared<RtpStream>(created->port, format_of(info), receiver_of(info));
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
