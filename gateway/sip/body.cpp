// SPDX-License-Identifier: GPL-3.0-or-later

#include "body.hpp"

#include <pjmedia.h>
#include <pjsip_ua.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "answers.hpp"
#include "encryption.hpp"
#include "remote_sdp.hpp"
#include "spoken.hpp"

namespace sip {

namespace {

constexpr const char* kNoAddress = "301 gateway \"Audio at an IPv4 address is needed\"";
constexpr const char* kNoSix = "301 gateway \"Audio at an IPv6 address is needed\"";
constexpr const char* kNeither = "301 gateway \"Audio at an address of IPv4 or IPv6 is needed\"";
constexpr const char* kNoCodec = "305 gateway \"G.711 (PCMU or PCMA) is needed\"";
constexpr const char* kEncrypted = "302 gateway \"RTP/AVP is needed: encrypted audio of this kind is not taken\"";
constexpr const char* kPlain = "302 gateway \"RTP/SAVP is needed: calls are encrypted\"";
constexpr const char* kTooMany = "399 gateway \"No more than 8 streams are taken\"";
static_assert(PJMEDIA_MAX_SDP_MEDIA == 8);
constexpr const char* kNotReadable = "399 gateway \"The session description cannot be read\"";

pj_str_t name(const char* text) { return pj_str(const_cast<char*>(text)); }

// In lower case and without blanks.
std::string small(const pj_str_t& written) {
    std::string text(view(written));
    text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\t'; }), text.end());
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
    return text;
}

// A header's value; empty if it is not there.
std::string value(const pjsip_msg* message, const char* long_name, const char* compact) {
    const pj_str_t names[] = {name(long_name), name(compact)};
    const auto* const header = static_cast<const pjsip_generic_string_hdr*>(
        pjsip_msg_find_hdr_by_names(message, &names[0], &names[1], nullptr));
    return header != nullptr ? small(header->hvalue) : std::string{};
}

bool refuse(pjsip_rx_data* request, int status, const char* header, const char* text) {
    Headers headers(request);
    headers.text(header, text);
    answer(request, status, headers);
    return true;
}

// Whether whoever asks for a call takes a session description for an answer (RFC 3261 section 20.1).
bool takes_our_answer(const pjsip_msg* message) {
    const auto* accept = static_cast<const pjsip_accept_hdr*>(pjsip_msg_find_hdr(message, PJSIP_H_ACCEPT, nullptr));
    bool says = false;
    while (accept != nullptr) {
        for (unsigned i = 0; i < accept->count; ++i) {
            const std::string type = small(accept->values[i]);
            const std::string kind = type.substr(0, type.find(';'));
            if (kind == "application/sdp" || kind == "application/*" || kind == "*/*") return true;
            says = says || !kind.empty();
        }
        const void* const next = accept->next;
        accept = next == &message->hdr ? nullptr : static_cast<const pjsip_accept_hdr*>(pjsip_msg_find_hdr(message, PJSIP_H_ACCEPT, next));
    }
    return !says;
}

// PJSIP makes none of what has no Content-Type, or of a multipart that is none.
bool has_body(const pjsip_rx_data* request) {
    const pjsip_msg_body* const body = request->msg_info.msg->body;
    const pjsip_clen_hdr* const length = request->msg_info.clen;
    if (body == nullptr) return length != nullptr && length->len > 0;
    return body->len > 0 || pj_stricmp2(&body->content_type.type, "multipart") == 0;
}

bool has_audio_here(const pjmedia_sdp_session& offer, const AudioPolicy& wanted) {
    return std::any_of(offer.media, offer.media + offer.media_count,
                       [&](const pjmedia_sdp_media* media) { return reaches_us(offer, *media, wanted); });
}

bool has_fitting_audio(const pjmedia_sdp_session& offer, const AudioPolicy& wanted) {
    return std::any_of(offer.media, offer.media + offer.media_count, [&](const pjmedia_sdp_media* media) {
        return reaches_us(offer, *media, wanted) && fits(*media, wanted);
    });
}

bool switches_audio_off(const pjmedia_sdp_session& offer) {
    return std::any_of(offer.media, offer.media + offer.media_count, [](const pjmedia_sdp_media* media) {
        return pj_stricmp2(&media->desc.media, "audio") == 0 && media->desc.port == 0;
    });
}

// What a call cannot be made of (RFC 3261 section 20.43); nullptr if it can. Whether a new offer inside a call is
// spoken is looked at where it is logged, too (remote_sdp.hpp).
const char* wanting(const pjmedia_sdp_session& offer, bool first, const AudioPolicy& wanted) {
    if (!first && switches_audio_off(offer)) return nullptr;
    if (!has_audio_here(offer, wanted)) return !wanted.six ? kNoAddress : wanted.four ? kNeither : kNoSix;
    if (first && !has_fitting_audio(offer, wanted)) return wanted.plain ? kEncrypted : kPlain;
    return first && !speaks_our_codec(offer, wanted) ? kNoCodec : nullptr;
}

// Of an offer. PJSIP passes over those that it has no place for, and its answer would have fewer than were offered
// (RFC 3264 section 6).
long streams_of(std::string_view offer) {
    const std::string_view stream = "m=";
    long count = 0;
    for (std::size_t at = offer.find(stream); at != std::string_view::npos; at = offer.find(stream, at + 1))
        if (at == 0 || offer[at - 1] == '\n' || offer[at - 1] == '\r') ++count;
    return count;
}

bool refuse_offer(pjsip_rx_data* request, const pjsip_rdata_sdp_info& offer) {
    if (streams_of(view(offer.body)) > PJMEDIA_MAX_SDP_MEDIA)
        return refuse(request, PJSIP_SC_NOT_ACCEPTABLE_HERE, "Warning", kTooMany);
    sdp_of(request);  // reads once more what was read badly
    const SpokenOn here(line_of(request));
    // What is not "IN IP4" or "IN IP6" counts as unreadable in PJSIP: an ATM address, say.
    const bool first = request->msg_info.to->tag.slen == 0;
    const char* const want = offer.sdp != nullptr ? wanting(*offer.sdp, first, audio_policy_of(request)) : nullptr;
    if (offer.sdp_err == PJMEDIA_SDP_EINCONN || want != nullptr)
        return refuse(request, PJSIP_SC_NOT_ACCEPTABLE_HERE, "Warning", want != nullptr ? want : kNoAddress);
    if (offer.sdp_err == PJ_SUCCESS) return false;
    return refuse(request, PJSIP_SC_BAD_REQUEST, "Warning", kNotReadable);
}

}  // namespace

bool refuse_body(pjsip_rx_data* request) {
    pjsip_msg* const message = request->msg_info.msg;
    if (!takes_our_answer(message)) return refuse(request, PJSIP_SC_NOT_ACCEPTABLE, "Accept", "application/sdp");
    if (!has_body(request)) return false;
    const std::string encoding = value(message, "Content-Encoding", "e");
    const bool encoded = !encoding.empty() && encoding != "identity";
    if (!encoded) {
        const pjsip_rdata_sdp_info* const offer = pjsip_rdata_get_sdp_info(request);
        if (offer->body.ptr != nullptr) return refuse_offer(request, *offer);
    }
    if (value(message, "Content-Disposition", "Content-Disposition").find("handling=optional") != std::string::npos) {
        message->body = nullptr;
        return false;
    }
    if (encoded) return refuse(request, PJSIP_SC_UNSUPPORTED_MEDIA_TYPE, "Accept-Encoding", "identity");
    return refuse(request, PJSIP_SC_UNSUPPORTED_MEDIA_TYPE, "Accept", "application/sdp");
}

}  // namespace sip
