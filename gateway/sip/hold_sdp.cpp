// SPDX-License-Identifier: GPL-3.0-or-later

#include "hold_sdp.hpp"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

#include <array>

#include "../media/pj_error.hpp"

namespace sip {

namespace {

constexpr std::array<const char*, 4> kDirections = {"sendrecv", "sendonly", "recvonly", "inactive"};

bool is_nowhere(const pjmedia_sdp_conn* at) {
    return at != nullptr && (pj_strcmp2(&at->addr, "0.0.0.0") == 0 || pj_strcmp2(&at->addr, "::") == 0);
}

// ------------------------------------------------------------------------------------------ the far end's

bool has(const pjmedia_sdp_media& media, const char* attribute) {
    return pjmedia_sdp_media_find_attr2(&media, attribute, nullptr) != nullptr;
}

// A direction of the whole session is the streams' by now: PJSIP hands it down as it reads.
void receive_nothing(pj_pool_t* pool, pjmedia_sdp_media& media) {
    const char* const direction = has(media, "recvonly") || has(media, "inactive") ? "inactive" : "sendonly";
    for (const char* const name : kDirections) pjmedia_sdp_media_remove_all_attr(&media, name);
    pjmedia_sdp_media_add_attr(&media, pjmedia_sdp_attr_create(pool, direction, nullptr));
}

// ------------------------------------------------------------------------------------------------- ours

decltype(pjsip_msg_body::clone_data) clone_sdp = nullptr;  // marks a body that PJSIP made of a description

bool names_nowhere(const pjmedia_sdp_session& sdp) {
    if (is_nowhere(sdp.conn)) return true;
    for (unsigned i = 0; i < sdp.media_count; ++i)
        if (is_nowhere(sdp.media[i]->conn)) return true;
    return false;
}

void name_origin(pjmedia_sdp_conn* at, const pjmedia_sdp_session& sdp) {
    if (is_nowhere(at)) at->addr = sdp.origin.addr;
}

// PJSIP has written down our address as the origin's. What it keeps of the call stays as it was: it compares
// with that later on.
pj_status_t on_message(pjsip_tx_data* message) {
    pjsip_msg_body* const body = message->msg->body;
    if (body == nullptr || body->clone_data != clone_sdp) return PJ_SUCCESS;
    if (!names_nowhere(*static_cast<const pjmedia_sdp_session*>(body->data))) return PJ_SUCCESS;
    auto* const sdp = static_cast<pjmedia_sdp_session*>(clone_sdp(message->pool, body->data, body->len));
    name_origin(sdp->conn, *sdp);
    for (unsigned i = 0; i < sdp->media_count; ++i) name_origin(sdp->media[i]->conn, *sdp);
    body->data = sdp;
    return PJ_SUCCESS;
}

pjsip_module module;

}  // namespace

void read_hold(pj_pool_t* pool, pjmedia_sdp_session& sdp) {
    for (unsigned i = 0; i < sdp.media_count; ++i) {
        pjmedia_sdp_media& media = *sdp.media[i];
        const bool nowhere = is_nowhere(media.conn != nullptr ? media.conn : sdp.conn);
        if (media.desc.port != 0 && nowhere) receive_nothing(pool, media);
    }
}

void name_own_address() {
    pj_pool_t* const pool = pjsua_pool_create("sdp-body", 256, 256);
    pjsip_msg_body* body = nullptr;
    media::check("making a body", pjsip_create_sdp_body(pool, nullptr, &body));
    clone_sdp = body->clone_data;
    pj_pool_release(pool);

    module = pjsip_module{};
    module.name = pj_str(const_cast<char*>("mod-gateway-own-address"));
    module.id = -1;
    module.priority = PJSIP_MOD_PRIORITY_TRANSPORT_LAYER + 1;  // before the message is written
    module.on_tx_request = &on_message;
    module.on_tx_response = &on_message;
    media::check("naming our own address", pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module));
}

}  // namespace sip
