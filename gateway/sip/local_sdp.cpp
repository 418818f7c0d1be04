// SPDX-License-Identifier: GPL-3.0-or-later

#include "local_sdp.hpp"

#include <pjmedia.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <string>

#include "packet_time.hpp"

namespace sip {

namespace {

struct Event {
    pjmedia_sdp_attr* attribute = nullptr;
    pjmedia_sdp_rtpmap map{};
};

// The stream's telephone-event, that of the wanted rate if there are several.
Event event_of(const pjmedia_sdp_media& media, unsigned wanted_rate) {
    Event found;
    for (unsigned i = 0; i < media.attr_count; ++i) {
        Event event{media.attr[i], {}};
        if (pj_strcmp2(&event.attribute->name, "rtpmap") != 0) continue;
        if (pjmedia_sdp_attr_get_rtpmap(event.attribute, &event.map) != PJ_SUCCESS) continue;
        if (pj_stricmp2(&event.map.enc_name, "telephone-event") != 0) continue;
        if (event.map.clock_rate == wanted_rate) return event;
        if (found.attribute == nullptr) found = event;
    }
    return found;
}

void take_rate_of_events(pj_pool_t* pool, pjmedia_sdp_media& ours, const pjmedia_sdp_media& theirs) {
    constexpr unsigned kRate = 8000;
    const Event event = event_of(ours, kRate);
    const Event asked = event_of(theirs, kRate);
    if (event.attribute == nullptr || asked.attribute == nullptr || asked.map.clock_rate == event.map.clock_rate) return;
    std::string name(event.map.pt.ptr, static_cast<std::size_t>(event.map.pt.slen));
    name.append(" telephone-event/").append(std::to_string(asked.map.clock_rate));
    const pj_str_t value{name.data(), static_cast<pj_ssize_t>(name.size())};
    pj_strdup_with_null(pool, &event.attribute->value, &value);
}

void on_created(pjsua_call_id, pjmedia_sdp_session* ours, pj_pool_t* pool, const pjmedia_sdp_session* theirs) {
    for (unsigned i = 0; i < ours->media_count; ++i) {
        pjmedia_sdp_media& media = *ours->media[i];
        if (pj_stricmp2(&media.desc.media, "audio") != 0 || media.desc.port == 0) continue;
        const pjmedia_sdp_media* const asked = theirs != nullptr && i < theirs->media_count ? theirs->media[i] : nullptr;
        say_packet_ms(pool, media, asked != nullptr ? packet_ms(*asked) : kPacketMs);
        if (asked != nullptr) take_rate_of_events(pool, media, *asked);
    }
}

}  // namespace

void complete_local_sdp() { pjsua_var.ua_cfg.cb.on_call_sdp_created = &on_created; }

}  // namespace sip
