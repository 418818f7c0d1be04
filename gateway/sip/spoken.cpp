// SPDX-License-Identifier: GPL-3.0-or-later
#include "spoken.hpp"

#include <pjmedia/sdp_neg.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "remote_sdp.hpp"

namespace sip {

namespace {

const Codecs all{"PCMU/8000", "PCMA/8000", "G722/8000", "OPUS/48000/2"};
Codecs by_default{"PCMU/8000", "PCMA/8000"};
std::map<pjsua_acc_id, Codecs> over;
std::map<pjsua_call_id, Codecs> in;
const Codecs* counts = &by_default;

std::size_t place(const Codecs& codecs, const std::string& name) {
    const auto found = std::find(codecs.begin(), codecs.end(), name);
    return found == codecs.end() ? kUnspoken : static_cast<std::size_t>(found - codecs.begin());
}

std::string name_of(const pjmedia_sdp_rtpmap& map) {
    std::string name(map.enc_name.ptr, static_cast<std::size_t>(map.enc_name.slen));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
    name += "/" + std::to_string(map.clock_rate);
    if (map.param.slen > 0 && pj_strcmp2(&map.param, "1") != 0)
        name += "/" + std::string(map.param.ptr, static_cast<std::size_t>(map.param.slen));
    return name;
}

const Codecs& of(const Line& line) {
    if (const auto own = in.find(line.call); own != in.end()) return own->second;
    if (const auto trunk = over.find(line.account); trunk != over.end()) return trunk->second;
    return by_default;
}

// The offer of the far end that we have not answered yet; nullptr if there is none.
pjmedia_sdp_session* open_offer(pjsua_call_id call) {
    if (line_of(call).call == PJSUA_INVALID_ID) return nullptr;  // it is over
    const pjsip_inv_session* const session = pjsua_var.calls[call].inv;
    if (session == nullptr || session->neg == nullptr) return nullptr;
    const pjmedia_sdp_neg_state state = pjmedia_sdp_neg_get_state(session->neg);
    const pjmedia_sdp_session* offer = nullptr;
    const bool waits = state == PJMEDIA_SDP_NEG_STATE_REMOTE_OFFER || state == PJMEDIA_SDP_NEG_STATE_WAIT_NEGO;
    if (!waits || pjmedia_sdp_neg_get_neg_remote(session->neg, &offer) != PJ_SUCCESS) return nullptr;
    return const_cast<pjmedia_sdp_session*>(offer);  // the session's own copy
}

// One that PJSIP would take.
bool is_codec(const pjmedia_sdp_media& media, const pj_str_t& format) {
    const Codecs* const before = std::exchange(counts, &all);
    const bool is = rank(media, format) != kUnspoken;
    counts = before;
    return is;
}

}  // namespace

void speak(Codecs codecs) {
    by_default = std::move(codecs);
    over.clear();
    in.clear();
}

void speak_over(pjsua_acc_id account, Codecs codecs) {
    if (codecs.empty()) {
        over.erase(account);
    } else {
        over[account] = std::move(codecs);
    }
}

bool speak_in(pjsua_call_id call, Codecs codecs) {
    if (codecs.empty()) {
        in.erase(call);
    } else {
        in[call] = std::move(codecs);
    }
    const pjmedia_sdp_session* const offer = open_offer(call);
    const SpokenOn here(line_of(call));
    return offer == nullptr || std::any_of(offer->media, offer->media + offer->media_count, [](const pjmedia_sdp_media* media) {
               return speaks_our_codec(*media);
           });
}

bool settle(pjsua_call_id call) {
    pjmedia_sdp_session* const offer = open_offer(call);
    if (offer == nullptr) return true;
    const SpokenOn here(line_of(call));
    bool left = false;
    for (unsigned i = 0; i < offer->media_count; ++i) {
        if (!speaks_our_codec(*offer->media[i])) continue;
        put_best_first(*offer->media[i]);
        left = true;
    }
    return left;
}

void forget_spoken(pjsua_call_id call) { in.erase(call); }

SpokenOn::SpokenOn(const Line& line)
    : before_(std::exchange(counts, line.call == PJSUA_INVALID_ID ? &all : &of(line))) {}

SpokenOn::~SpokenOn() { counts = before_; }

std::size_t rank(const std::string& name) { return place(*counts, name); }

std::size_t rank(const pjmedia_sdp_rtpmap& map) { return rank(name_of(map)); }

std::size_t rank(const pjmedia_sdp_media& media, const pj_str_t& format) {
    bool named = false;
    std::size_t best = kUnspoken;
    for (unsigned i = 0; i < media.attr_count; ++i) {
        pjmedia_sdp_rtpmap map;
        if (pj_strcmp2(&media.attr[i]->name, "rtpmap") != 0) continue;
        if (pjmedia_sdp_attr_get_rtpmap(media.attr[i], &map) != PJ_SUCCESS || pj_strcmp(&map.pt, &format) != 0) continue;
        named = true;
        best = std::min(best, rank(map));
    }
    if (named) return best;
    for (const auto& [number, name] : {std::pair{"0", "PCMU/8000"}, {"8", "PCMA/8000"}, {"9", "G722/8000"}})
        if (pj_strcmp2(&format, number) == 0) return rank(std::string(name));
    return kUnspoken;
}

void put_best_first(pjmedia_sdp_media& media) {
    pj_str_t* const begin = media.desc.fmt;
    pj_str_t* const end = std::remove_if(begin, begin + media.desc.fmt_count, [&](const pj_str_t& format) {
        return rank(media, format) == kUnspoken && is_codec(media, format);
    });
    media.desc.fmt_count = static_cast<unsigned>(end - begin);
    std::stable_sort(begin, end, [&](const pj_str_t& one, const pj_str_t& other) {
        return rank(media, one) < rank(media, other);
    });
}

}  // namespace sip
