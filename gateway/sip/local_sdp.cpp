// SPDX-License-Identifier: GPL-3.0-or-later

#include "local_sdp.hpp"

#include <pjmedia.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <algorithm>
#include <string>

#include "packet_time.hpp"
#include "spoken.hpp"

namespace sip {

namespace {

constexpr unsigned kEventRate = 8000;  // that of G.711, as RFC 4733 section 2.1 has it

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

pj_str_t text(pj_pool_t* pool, const std::string& value) {
    const pj_str_t view{const_cast<char*>(value.data()), static_cast<pj_ssize_t>(value.size())};
    pj_str_t copy;
    pj_strdup_with_null(pool, &copy, &view);
    return copy;
}

void take_rate_of_events(pj_pool_t* pool, pjmedia_sdp_media& ours, const pjmedia_sdp_media& theirs) {
    const Event event = event_of(ours, kEventRate);
    const Event asked = event_of(theirs, kEventRate);
    if (event.attribute == nullptr || asked.attribute == nullptr || asked.map.clock_rate == event.map.clock_rate) return;
    const std::string number(event.map.pt.ptr, static_cast<std::size_t>(event.map.pt.slen));
    event.attribute->value = text(pool, number + " telephone-event/" + std::to_string(asked.map.clock_rate));
}

bool is_used(const pjmedia_sdp_media& media, const pj_str_t& number) {
    return std::any_of(media.desc.fmt, media.desc.fmt + media.desc.fmt_count,
                       [&](const pj_str_t& format) { return pj_strcmp(&format, &number) == 0; });
}

// The far end is to send keys under our number (RFC 3264 section 5.1), but some know no other than the usual one.
void number_events_as_usual(pj_pool_t* pool, pjmedia_sdp_media& ours) {
    const pj_str_t usual = pj_str(const_cast<char*>("101"));
    const Event event = event_of(ours, kEventRate);
    if (event.attribute == nullptr || is_used(ours, usual)) return;
    const pj_str_t before = event.map.pt;
    for (unsigned i = 0; i < ours.attr_count; ++i) {
        pj_str_t& value = ours.attr[i]->value;
        const bool of_it = pj_strcmp2(&ours.attr[i]->name, "rtpmap") == 0 || pj_strcmp2(&ours.attr[i]->name, "fmtp") == 0;
        const std::string line(value.ptr, static_cast<std::size_t>(std::max<pj_ssize_t>(value.slen, 0)));
        const std::string number(before.ptr, static_cast<std::size_t>(before.slen));
        if (of_it && line.compare(0, number.size() + 1, number + ' ') == 0)
            value = text(pool, "101" + line.substr(number.size()));
    }
    for (unsigned i = 0; i < ours.desc.fmt_count; ++i)
        if (pj_strcmp(&ours.desc.fmt[i], &before) == 0) ours.desc.fmt[i] = text(pool, "101");
}

// What of our offer is left out (spoken.hpp), has no attributes either.
void describe_what_is_offered(pjmedia_sdp_media& ours) {
    for (unsigned i = 0; i < ours.attr_count;) {
        const pjmedia_sdp_attr& attribute = *ours.attr[i];
        const bool of_format = pj_strcmp2(&attribute.name, "rtpmap") == 0 || pj_strcmp2(&attribute.name, "fmtp") == 0;
        const std::string value(attribute.value.ptr, static_cast<std::size_t>(std::max<pj_ssize_t>(attribute.value.slen, 0)));
        std::string number = value.substr(0, value.find(' '));
        const pj_str_t view{number.data(), static_cast<pj_ssize_t>(number.size())};
        if (of_format && !is_used(ours, view)) {
            pjmedia_sdp_media_remove_attr(&ours, ours.attr[i]);
        } else {
            ++i;
        }
    }
}

void on_created(pjsua_call_id call, pjmedia_sdp_session* ours, pj_pool_t* pool, const pjmedia_sdp_session* theirs) {
    const SpokenOn here(line_of(call));
    for (unsigned i = 0; i < ours->media_count; ++i) {
        pjmedia_sdp_media& media = *ours->media[i];
        if (pj_stricmp2(&media.desc.media, "audio") != 0 || media.desc.port == 0) continue;
        const pjmedia_sdp_media* const asked = theirs != nullptr && i < theirs->media_count ? theirs->media[i] : nullptr;
        say_packet_ms(pool, media, asked != nullptr ? packet_ms(*asked) : kPacketMs);
        if (asked != nullptr) {
            take_rate_of_events(pool, media, *asked);
            continue;
        }
        put_best_first(media);
        describe_what_is_offered(media);
        number_events_as_usual(pool, media);
    }
}

}  // namespace

void complete_local_sdp() { pjsua_var.ua_cfg.cb.on_call_sdp_created = &on_created; }

}  // namespace sip
