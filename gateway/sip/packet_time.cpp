// SPDX-License-Identifier: GPL-3.0-or-later

#include "packet_time.hpp"

#include <algorithm>
#include <string>

namespace sip {

namespace {

constexpr unsigned kFrameMs = 10;
constexpr unsigned kLongestMs = 60;  // a lost packet of more is a lost syllable
constexpr unsigned kMost = 100'000;  // no sum with it overflows

// The whole milliseconds of an attribute; 0 if it is not there, or says nothing that can be read.
unsigned read(const pjmedia_sdp_media& media, const char* name) {
    const pjmedia_sdp_attr* const attribute = pjmedia_sdp_media_find_attr2(&media, name, nullptr);
    if (attribute == nullptr) return 0;
    pj_str_t text = attribute->value;
    pj_strltrim(&text);
    return static_cast<unsigned>(std::min<unsigned long>(pj_strtoul(&text), kMost));
}

}  // namespace

unsigned packet_ms(const pjmedia_sdp_media& media) {
    const unsigned asked = read(media, "ptime");
    const unsigned most = read(media, "maxptime");
    unsigned ms = asked == 0 ? kPacketMs : (asked + kFrameMs / 2) / kFrameMs * kFrameMs;
    if (most != 0) ms = std::min(ms, most / kFrameMs * kFrameMs);
    return std::clamp(ms, kFrameMs, kLongestMs);
}

void say_packet_ms(pj_pool_t* pool, pjmedia_sdp_media& media, unsigned ms) {
    pjmedia_sdp_media_remove_all_attr(&media, "ptime");
    pjmedia_sdp_media_remove_all_attr(&media, "maxptime");
    const std::string text = std::to_string(ms);
    pj_str_t value{const_cast<char*>(text.data()), static_cast<pj_ssize_t>(text.size())};
    pjmedia_sdp_media_add_attr(&media, pjmedia_sdp_attr_create(pool, "ptime", &value));
}

}  // namespace sip
