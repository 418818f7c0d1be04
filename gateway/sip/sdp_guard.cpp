// SPDX-License-Identifier: GPL-3.0-or-later

#include "sdp_guard.hpp"

#include <pjmedia.h>
#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

#include <string>
#include <string_view>

#include "../media/destination.hpp"
#include "../media/pj_error.hpp"
#include "answers.hpp"
#include "audio_hosts.hpp"
#include "hold_sdp.hpp"
#include "remote_sdp.hpp"
#include "spoken.hpp"

namespace sip {

namespace {

constexpr int kAddressFormat = 301;  // warn-codes of RFC 3261 section 20.43
constexpr int kMiscellaneous = 399;

struct Objection {
    int code = 0;
    const char* text = nullptr;

    explicit operator bool() const { return text != nullptr; }
};

// --------------------------------------------------------------------------------------------- one stream

// False for a host name, and for anything else that has to be looked up or guessed.
bool read(const pj_str_t& type, const pj_str_t& text, unsigned port, pj_sockaddr& address) {
    const int family = pj_stricmp2(&type, "IP6") == 0 ? pj_AF_INET6() : pj_AF_INET();
    pj_sockaddr_init(family, &address, nullptr, static_cast<pj_uint16_t>(port));
    return pj_inet_pton(family, &text, pj_sockaddr_get_addr(&address)) == PJ_SUCCESS;
}

// Where a=rtcp (RFC 3605) sends RTCP; no address if it does not say. False as above.
bool read_rtcp(const pjmedia_sdp_media& media, const pj_sockaddr& rtp, pj_sockaddr& address) {
    address = pj_sockaddr{};
    const pjmedia_sdp_attr* const attribute = pjmedia_sdp_media_find_attr2(&media, "rtcp", nullptr);
    pjmedia_sdp_rtcp_attr rtcp;
    if (attribute == nullptr || pjmedia_sdp_attr_get_rtcp(attribute, &rtcp) != PJ_SUCCESS) return true;
    if (rtcp.addr.slen > 0) return read(rtcp.addr_type, rtcp.addr, rtcp.port, address);
    address = rtp;
    pj_sockaddr_set_port(&address, static_cast<pj_uint16_t>(rtcp.port));
    return true;
}

Objection objection(const pjmedia_sdp_session& sdp, const pjmedia_sdp_media& media) {
    const pjmedia_sdp_conn* const at = media.conn != nullptr ? media.conn : sdp.conn;
    if (media.desc.port == 0 || at == nullptr) return {};
    pj_sockaddr rtp;
    pj_sockaddr rtcp;
    if (!read(at->addr_type, at->addr, media.desc.port, rtp) || !read_rtcp(media, rtp, rtcp))
        return {kAddressFormat, "an address in numbers is needed"};
    const char* const why = media::objection(rtp, rtcp);
    return {kMiscellaneous, why};
}

// -------------------------------------------------------------------------------------------- a message

// A stream that is not wanted keeps its place, with whatever address (RFC 3264 section 6). PJSIP reads it, and
// would look a name up, before it sees that nothing goes there.
void blank(pj_pool_t* pool, const pjmedia_sdp_session& sdp, pjmedia_sdp_media& media) {
    const pjmedia_sdp_conn* const at = media.conn != nullptr ? media.conn : sdp.conn;
    pj_sockaddr address;
    if (media.desc.port != 0 || at == nullptr || read(at->addr_type, at->addr, 0, address)) return;
    media.conn = pjmedia_sdp_conn_clone(pool, at);
    media.conn->addr_type = pj_str(const_cast<char*>("IP4"));
    media.conn->addr = pj_str(const_cast<char*>("0.0.0.0"));
}

// Its sockets are opened as soon as PJSIP has the offer.
void lead_to(const pjsip_rx_data* request, const pjmedia_sdp_session& offer) {
    for (unsigned i = 0; i < offer.media_count; ++i)
        if (offer.media[i]->desc.port != 0) return lead_audio(line_of(request).account, is_six(offer, *offer.media[i]));
}

bool refuse(pjsip_rx_data* request) {
    pjmedia_sdp_session* const sdp = sdp_of(request);
    for (unsigned i = 0; sdp != nullptr && i < sdp->media_count; ++i) {
        blank(request->tp_info.pool, *sdp, *sdp->media[i]);
        const Objection why = objection(*sdp, *sdp->media[i]);
        if (!why) continue;
        const std::string warning = std::to_string(why.code) + " gateway \"" + why.text + '"';
        Headers headers(request);
        headers.text("Warning", warning);
        answer(request, PJSIP_SC_NOT_ACCEPTABLE_HERE, headers);
        return true;
    }
    if (sdp == nullptr) return false;
    const SpokenOn here(line_of(request));
    read_as_meant(request->tp_info.pool, *sdp, true, audio_policy_of(request));
    read_hold(request->tp_info.pool, *sdp);
    lead_to(request, *sdp);
    return false;
}

void strike_answers(pjsip_rx_data* message) {
    pjmedia_sdp_session* const sdp = sdp_of(message);
    for (unsigned i = 0; sdp != nullptr && i < sdp->media_count; ++i) {
        if (objection(*sdp, *sdp->media[i])) pjmedia_sdp_media_deactivate(message->tp_info.pool, sdp->media[i]);
        blank(message->tp_info.pool, *sdp, *sdp->media[i]);
    }
    if (sdp == nullptr) return;
    read_as_meant(message->tp_info.pool, *sdp, false, AudioPolicy{true, true, true, true, true});
    read_hold(message->tp_info.pool, *sdp);
}

bool carries_offers(const pjsip_method& method) {
    const std::string_view name = view(method.name);
    return method.id == PJSIP_INVITE_METHOD || name == "UPDATE" || name == "PRACK";
}

pj_bool_t on_request(pjsip_rx_data* request) {
    const pjsip_method& method = request->msg_info.msg->line.req.method;
    if (method.id == PJSIP_ACK_METHOD) strike_answers(request);
    return carries_offers(method) && refuse(request) ? PJ_TRUE : PJ_FALSE;
}

pj_bool_t on_request_in_dialog(pjsip_rx_data* request) {
    return request->msg_info.to->tag.slen > 0 ? on_request(request) : PJ_FALSE;
}

pj_bool_t on_response(pjsip_rx_data* response) {
    if (carries_offers(response->msg_info.cseq->method)) strike_answers(response);
    return PJ_FALSE;
}

// ----------------------------------------------------------------------------------------------- modules

// In front of the transactions, whose users read the SDP; a first INVITE only behind whatever may refuse it
// without reading its body.
pjsip_module dialog_module;
pjsip_module first_module;

void add(pjsip_module& module, const char* name, int priority) {
    module.name = pj_str(const_cast<char*>(name));
    module.id = -1;
    module.priority = priority;
    media::check("installing the guard of SDP", pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module));
}

}  // namespace

void guard_sdp() {
    dialog_module = pjsip_module{};
    dialog_module.on_rx_request = &on_request_in_dialog;
    dialog_module.on_rx_response = &on_response;
    add(dialog_module, "mod-gateway-sdp-dialog", PJSIP_MOD_PRIORITY_TSX_LAYER - 1);
    first_module = pjsip_module{};
    first_module.on_rx_request = &on_request;
    add(first_module, "mod-gateway-sdp-first", PJSIP_MOD_PRIORITY_UA_PROXY_LAYER + 2);
}

}  // namespace sip
