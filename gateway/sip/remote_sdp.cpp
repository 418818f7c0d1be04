// SPDX-License-Identifier: GPL-3.0-or-later

#include "remote_sdp.hpp"

#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "audio_hosts.hpp"
#include "opus_format.hpp"
#include "packet_time.hpp"
#include "spoken.hpp"

namespace sip {

namespace {

constexpr unsigned kEventRate = 8000;  // what goes with every codec, and with G.711 and G.722 is the only right one

bool is_audio(const pjmedia_sdp_media& media) { return pj_stricmp2(&media.desc.media, "audio") == 0; }

bool is_event(const pjmedia_sdp_rtpmap& map) { return pj_stricmp2(&map.enc_name, "telephone-event") == 0; }

bool is_rtpmap(const pjmedia_sdp_attr& attribute, pjmedia_sdp_rtpmap& map) {
    return pj_strcmp2(&attribute.name, "rtpmap") == 0 && pjmedia_sdp_attr_get_rtpmap(&attribute, &map) == PJ_SUCCESS;
}

// How well a name of a payload number suits us; of equals the first one counts.
int worth(const pjmedia_sdp_rtpmap& map) {
    return rank(map) < kUnspoken || (is_event(map) && map.clock_rate == kEventRate) ? 1 : 0;
}

// ----------------------------------------------------------------------------------- what cannot be taken

bool has_name(const pjmedia_sdp_media& media, const pj_str_t& format) {
    return pjmedia_sdp_media_find_attr2(&media, "rtpmap", &format) != nullptr;
}

// As PJSIP sees it; what is no number, is a format of something else than RTP.
bool can_be_taken(const pjmedia_sdp_media& media, const pj_str_t& format) {
    constexpr unsigned long kFirstDynamic = 96;
    constexpr unsigned long kLast = 127;
    unsigned long number = 0;
    if (format.slen == 0 || std::isdigit(static_cast<unsigned char>(*format.ptr)) == 0) return true;
    if (pj_strtoul3(&format, &number, 10) != PJ_SUCCESS || number > kLast) return false;
    return number < kFirstDynamic || media.desc.port == 0 || has_name(media, format);
}

// The formats of a stream that is switched off mean nothing (RFC 3264 section 6), but there have to be some.
void leave_out_formats(pj_pool_t* pool, pjmedia_sdp_media& media) {
    if (!is_audio(media)) pjmedia_sdp_media_deactivate(pool, &media);
    pj_str_t* const formats = media.desc.fmt;
    pj_str_t* const end = std::remove_if(formats, formats + media.desc.fmt_count,
                                         [&](const pj_str_t& format) { return !can_be_taken(media, format); });
    media.desc.fmt_count = static_cast<unsigned>(end - formats);
    if (media.desc.fmt_count > 0) return;
    pjmedia_sdp_media_deactivate(pool, &media);
    media.desc.fmt[media.desc.fmt_count++] = pj_str(const_cast<char*>("0"));
}

void read_again(pj_pool_t* pool, pjsip_rdata_sdp_info& info) {
    pjmedia_sdp_session* sdp = nullptr;
    if (pjmedia_sdp_parse(pool, info.body.ptr, static_cast<pj_size_t>(info.body.slen), &sdp) != PJ_SUCCESS) return;
    for (unsigned i = 0; i < sdp->media_count; ++i) leave_out_formats(pool, *sdp->media[i]);
    if (pjmedia_sdp_validate2(sdp, PJ_FALSE) != PJ_SUCCESS) return;
    info.sdp = sdp;
    info.sdp_err = PJ_SUCCESS;
}

// ---------------------------------------------------------------------------------------------- one stream

// A format that is no number makes PJSIP refuse the whole of it, and say 500.
void name_numbers_once(pjmedia_sdp_media& media) {
    pj_str_t* const formats = media.desc.fmt;
    unsigned kept = 0;
    for (unsigned i = 0; i < media.desc.fmt_count; ++i) {
        if (formats[i].slen == 0 || std::isdigit(static_cast<unsigned char>(*formats[i].ptr)) == 0) continue;
        const bool known = std::any_of(formats, formats + kept, [&](const pj_str_t& other) {
            return pj_strcmp(&other, &formats[i]) == 0;
        });
        if (!known) formats[kept++] = formats[i];
    }
    media.desc.fmt_count = kept;
}

void keep_best_names(pjmedia_sdp_media& media) {
    for (unsigned i = 0; i < media.attr_count; ++i) {
        pjmedia_sdp_rtpmap first;
        if (!is_rtpmap(*media.attr[i], first)) continue;
        for (unsigned j = i + 1; j < media.attr_count;) {
            pjmedia_sdp_rtpmap other;
            if (!is_rtpmap(*media.attr[j], other) || pj_strcmp(&first.pt, &other.pt) != 0) {
                ++j;
                continue;
            }
            if (worth(other) > worth(first)) {
                std::swap(media.attr[i], media.attr[j]);
                first = other;
            }
            pjmedia_sdp_media_remove_attr(&media, media.attr[j]);
        }
    }
}

// Where PJSIP sends keys it compares this name letter by letter (RFC 8866 section 6.6: in any case).
void write_events_small(pjmedia_sdp_media& media) {
    for (unsigned i = 0; i < media.attr_count; ++i) {
        pjmedia_sdp_rtpmap map;
        if (!is_rtpmap(*media.attr[i], map) || !is_event(map)) continue;
        std::transform(map.enc_name.ptr, map.enc_name.ptr + map.enc_name.slen, map.enc_name.ptr,
                       [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
    }
}

void ask_for_packets(pj_pool_t* pool, pjmedia_sdp_media& media) {
    const bool asks = pjmedia_sdp_media_find_attr2(&media, "ptime", nullptr) != nullptr ||
                      pjmedia_sdp_media_find_attr2(&media, "maxptime", nullptr) != nullptr;
    if (asks) say_packet_ms(pool, media, packet_ms(media));
}

// Opus at the rates that our clock keeps, one channel (RFC 7587 section 6.1): a peer may ask for any, and for two.
void bound_opus(pj_pool_t* pool, pjmedia_sdp_media& media) {
    for (unsigned i = 0; i < media.attr_count; ++i) {
        pjmedia_sdp_attr& attribute = *media.attr[i];
        if (pj_strcmp2(&attribute.name, "fmtp") != 0) continue;
        const std::string before(attribute.value.ptr, static_cast<std::size_t>(attribute.value.slen));
        const std::string after = opus_bounded(before);
        if (after != before) pj_strdup2(pool, &attribute.value, after.c_str());
    }
}

// Given several, PJSIP may take one of which nothing is heard.
const pjmedia_sdp_media* first_wanted(const pjmedia_sdp_session& offer, const AudioPolicy& wanted) {
    const pjmedia_sdp_media* found = nullptr;
    for (unsigned i = 0; i < offer.media_count; ++i) {
        const pjmedia_sdp_media& media = *offer.media[i];
        if (!reaches_us(offer, media, wanted) || !fits(media, wanted) || !speaks_our_codec(media)) continue;
        if (is_encrypted(media)) return &media;
        if (found == nullptr) found = &media;
    }
    return found;
}

// ----------------------------------------------------------------------------------------------- new offers

decltype(pjsua_callback::on_call_rx_offer) handed_on = nullptr;

// PJSIP would notice while it answers, and say 500.
void on_offer(pjsua_call_id call, const pjmedia_sdp_session* offer, void* reserved, pjsip_status_code* status,
              pjsua_call_setting* setting) {
    const SpokenOn here(line_of(call));
    if (!speaks_our_codec(*offer, audio_policy_of(call))) *status = PJSIP_SC_NOT_ACCEPTABLE_HERE;
    handed_on(call, offer, reserved, status, setting);
}

}  // namespace

pjmedia_sdp_session* sdp_of(pjsip_rx_data* message) {
    if (message->msg_info.msg->body == nullptr) return nullptr;
    pjsip_rdata_sdp_info* const info = pjsip_rdata_get_sdp_info(message);
    const bool doubtful = info->sdp_err == PJMEDIA_SDP_EMISSINGRTPMAP || info->sdp_err == PJMEDIA_SDP_EINPT;
    if (info->sdp == nullptr && doubtful) read_again(message->tp_info.pool, *info);
    return info->sdp;
}

bool reaches_us(const pjmedia_sdp_session& sdp, const pjmedia_sdp_media& media, const AudioPolicy& wanted) {
    const pjmedia_sdp_conn* const at = media.conn != nullptr ? media.conn : sdp.conn;
    if (!is_audio(media) || media.desc.port == 0 || at == nullptr || pj_stricmp2(&at->net_type, "IN") != 0) return false;
    return is_six(sdp, media) ? wanted.six : wanted.four && pj_stricmp2(&at->addr_type, "IP4") == 0;
}

bool speaks_our_codec(const pjmedia_sdp_media& media) {
    if (!is_audio(media) || media.desc.port == 0) return false;
    return std::any_of(media.desc.fmt, media.desc.fmt + media.desc.fmt_count,
                       [&](const pj_str_t& format) { return rank(media, format) < kUnspoken; });
}

bool speaks_our_codec(const pjmedia_sdp_session& offer, const AudioPolicy& wanted) {
    return first_wanted(offer, wanted) != nullptr;
}

void read_as_meant(pj_pool_t* pool, pjmedia_sdp_session& sdp, bool offered, const AudioPolicy& policy) {
    const pjmedia_sdp_media* const wanted = offered ? first_wanted(sdp, policy) : nullptr;
    for (unsigned i = 0; i < sdp.media_count; ++i) {
        pjmedia_sdp_media& media = *sdp.media[i];
        if (wanted != nullptr && &media != wanted) {
            pjmedia_sdp_media_deactivate(pool, &media);
            continue;
        }
        if (offered) keep_usable_keys(media);
        name_numbers_once(media);
        keep_best_names(media);
        write_events_small(media);
        bound_opus(pool, media);
        if (offered) put_best_first(media);
        ask_for_packets(pool, media);
    }
}

void refuse_unspoken_offers() {
    pjsua_callback& callbacks = pjsua_var.ua_cfg.cb;
    if (callbacks.on_call_rx_offer == &on_offer) return;
    handed_on = callbacks.on_call_rx_offer;
    callbacks.on_call_rx_offer = &on_offer;
}

}  // namespace sip
