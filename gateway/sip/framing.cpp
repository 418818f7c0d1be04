// SPDX-License-Identifier: GPL-3.0-or-later

#include "framing.hpp"

#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "../media/pj_error.hpp"
#include "answers.hpp"
#include "challenges.hpp"
#include "descriptors.hpp"
#include "read_again.hpp"
#include "unreadable.hpp"

namespace sip {

namespace {

constexpr std::size_t kLongest = 16000;  // bytes: twice what carriers send
constexpr std::size_t kEverything = std::numeric_limits<std::size_t>::max();
constexpr std::string_view kEnds = "\r\n";

std::unordered_map<const pjsip_transport*, std::size_t> unwanted;  // bytes of a connection that are still to come

std::vector<pjsip_transport*> leaving, gone;  // to be closed at the second look from now, at the next one

// ----------------------------------------------------------------------------------------- where a head ends

std::size_t after_line_end(std::string_view text, std::size_t at) {
    return text.compare(at, 2, "\r\n") == 0 ? at + 2 : at + 1;
}

// Where the body begins: behind the first empty line, whatever ends the lines, as PJSIP's parser has it. `npos` if
// there is no such line.
std::size_t body_of(std::string_view message) {
    std::size_t at = message.find_first_of(kEnds);
    while (at != std::string_view::npos) {
        at = after_line_end(message, at);
        if (at < message.size() && kEnds.find(message[at]) != std::string_view::npos) return after_line_end(message, at);
        at = message.find_first_of(kEnds, at);
    }
    return std::string_view::npos;
}

// ------------------------------------------------------------------------------------------- whole messages

bool says_twice(const pjsip_msg* message) {
    constexpr std::array<pjsip_hdr_e, 7> once = {PJSIP_H_CALL_ID, PJSIP_H_CSEQ, PJSIP_H_FROM, PJSIP_H_TO,
                                                 PJSIP_H_CONTENT_LENGTH, PJSIP_H_CONTENT_TYPE, PJSIP_H_MAX_FORWARDS};
    return std::any_of(once.begin(), once.end(), [&](pjsip_hdr_e type) {
        const auto* const first = static_cast<const pjsip_hdr*>(pjsip_msg_find_hdr(message, type, nullptr));
        return first != nullptr && first->next != &message->hdr &&
               pjsip_msg_find_hdr(message, type, first->next) != nullptr;
    });
}

void cut_body(pjsip_rx_data* message, char* body, std::size_t length) {
    pjsip_msg* const whole = message->msg_info.msg;
    if (whole->body == nullptr) return;
    if (length == 0) {
        whole->body = nullptr;
    } else if (pj_stricmp2(&whole->body->content_type.type, "multipart") == 0) {
        whole->body = pjsip_multipart_parse(message->tp_info.pool, body, length, &message->msg_info.ctype->media, 0);
    } else {
        whole->body->len = static_cast<unsigned>(length);
    }
}

// False if the datagram ends before the body does.
bool has_its_body(pjsip_rx_data* message) {
    const pjsip_clen_hdr* const said = message->msg_info.clen;
    if (said == nullptr) return true;
    const std::string_view text(message->msg_info.msg_buf, static_cast<std::size_t>(message->msg_info.len));
    const std::size_t begin = std::min(body_of(text), text.size());
    const auto length = static_cast<std::size_t>(std::max(said->len, 0));
    if (length < text.size() - begin) cut_body(message, message->msg_info.msg_buf + begin, length);
    return length <= text.size() - begin;
}

// What a request is refused with; 0 if it is whole.
int objection(pjsip_rx_data* message) {
    if (static_cast<std::size_t>(message->msg_info.len) > kLongest) return PJSIP_SC_MESSAGE_TOO_LARGE;
    if (says_twice(message->msg_info.msg)) return PJSIP_SC_BAD_REQUEST;
    const bool datagram = (message->tp_info.transport->flag & PJSIP_TRANSPORT_DATAGRAM) != 0;
    return datagram && !has_its_body(message) ? PJSIP_SC_BAD_REQUEST : 0;
}

pj_bool_t on_request(pjsip_rx_data* request) {
    const int status = objection(request);
    if (status == 0) return PJ_FALSE;
    if (request->msg_info.msg->line.req.method.id != PJSIP_ACK_METHOD) answer(request, status);
    return PJ_TRUE;
}

pj_bool_t on_response(pjsip_rx_data* response) {
    const bool datagram = (response->tp_info.transport->flag & PJSIP_TRANSPORT_DATAGRAM) != 0;
    return datagram && !has_its_body(response) ? PJ_TRUE : PJ_FALSE;
}

// --------------------------------------------------------------------------------------- what never is a whole

bool can_be_answered(const pjsip_rx_data* request) {
    const auto& info = request->msg_info;
    return info.msg != nullptr && pj_list_empty(&info.parse_err) && info.msg->type == PJSIP_REQUEST_MSG &&
           info.msg->line.req.method.id != PJSIP_ACK_METHOD && info.cid != nullptr && info.from != nullptr &&
           info.to != nullptr && info.via != nullptr && info.cseq != nullptr;
}

// `head`: the lines of a message that have come, as far as they are whole.
void answer_head(pjsip_transport* connection, std::string_view head, int status) {
    pj_pool_t* const pool = pjsip_endpt_create_pool(pjsua_get_pjsip_endpt(), "framing", 4000, 4000);
    pjsip_rx_data* const request = read_again(pool, connection, connection->key.rem_addr, std::string(head) + "\r\n");
    if (can_be_answered(request)) {
        pj_strdup2(pool, &request->msg_info.via->recvd_param, request->pkt_info.src_name);
        if (request->msg_info.via->rport_param == 0) request->msg_info.via->rport_param = request->pkt_info.src_port;
        answer(request, status);
    } else {
        answer_unreadable(request, head, status);
    }
    pj_pool_release(pool);
}

// Nobody uses the connection any more, but it is not closed yet: one that is closed with bytes unread takes our
// answer along. So the other end reads that, and then the end.
void hear_no_more(pjsip_transport* connection) {
    pjsip_transport_add_ref(connection);
    pjsip_transport_shutdown2(connection, PJ_FALSE);
    leaving.push_back(connection);
    unwanted[connection] = kEverything;
    const int descriptor = find_descriptor_of(*connection);
    if (descriptor >= 0) ::shutdown(descriptor, SHUT_WR);
}

std::size_t take_out(pjsip_tp_rx_data* data, std::size_t count) {
    const std::size_t taken = std::min(count, static_cast<std::size_t>(data->len));
    data->len -= taken;
    return count - taken;
}

void refuse(pjsip_tp_rx_data* data, std::string_view head, int status) {
    answer_head(data->tp, head.substr(0, head.find_last_of('\n') + 1), status);
    hear_no_more(data->tp);
    data->len = 0;
}

// PJSIP looks for CRLF alone where the head ends, its parser does not.
bool ends_otherwise(std::string_view text, std::size_t crlf) {
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);  // the next bytes say what it is
    const std::size_t body = body_of(text);
    return body != std::string_view::npos && (crlf == std::string_view::npos || body < crlf);
}

bool is_too_long(std::string_view text, std::size_t size) {
    return size > (text.substr(0, 8) == "SIP/2.0 " ? PJSIP_MAX_PKT_LEN : kLongest);
}

void frame_next(pjsip_tp_rx_data* data) {
    const std::string_view text(static_cast<const char*>(data->data), data->len);
    const std::size_t empty_line = text.find("\n\r\n");
    const std::size_t body = empty_line == std::string_view::npos ? empty_line : empty_line + 3;
    if (ends_otherwise(text, body)) return refuse(data, text.substr(0, body_of(text)), PJSIP_SC_BAD_REQUEST);
    std::size_t size = text.size();
    if (body != std::string_view::npos) {
        const pj_status_t found = pjsip_find_msg(text.data(), text.size(), PJ_FALSE, &size);
        if (found != PJ_SUCCESS && found != PJSIP_EPARTIALMSG) return refuse(data, text.substr(0, body), PJSIP_SC_BAD_REQUEST);
    }
    if (!is_too_long(text, size)) return;
    if (body == std::string_view::npos) return refuse(data, text, PJSIP_SC_MESSAGE_TOO_LARGE);
    answer_head(data->tp, text.substr(0, body), PJSIP_SC_MESSAGE_TOO_LARGE);
    if (const std::size_t rest = take_out(data, size); rest > 0) unwanted[data->tp] = rest;
}

// ------------------------------------------------------------------------------------------------- keepalives

// RFC 5626 section 3.5.1: CRLF CRLF asks, CRLF answers; over datagrams nothing does.
void answer_keepalive(const pjsip_tp_dropped_data* dropped) {
    constexpr std::string_view kPing = "\r\n\r\n";
    const std::string_view text(static_cast<const char*>(dropped->data), dropped->len);
    if ((dropped->tp->flag & PJSIP_TRANSPORT_DATAGRAM) != 0 || text.compare(0, kPing.size(), kPing) != 0) return;
    pjsip_tpselector over{};
    over.type = PJSIP_TPSELECTOR_TRANSPORT;
    over.u.transport = dropped->tp;
    pjsip_endpt_send_raw(pjsua_get_pjsip_endpt(), static_cast<pjsip_transport_type_e>(dropped->tp->key.type), &over, "\r\n", 2,
                         &dropped->tp->key.rem_addr, dropped->tp->addr_len, nullptr, nullptr);
}

// ----------------------------------------------------------------------------------------------------- module

pjsip_module framing_module;

// PJSIP takes line ends off the front by itself; they may be a part of what is thrown away.
void on_line_ends(const pjsip_tp_dropped_data* dropped) {
    const auto found = unwanted.find(dropped->tp);
    if (found == unwanted.end()) {
        answer_keepalive(dropped);
        return;
    }
    if (found->second == kEverything) return;
    found->second -= std::min(found->second, static_cast<std::size_t>(dropped->len));
    if (found->second == 0) unwanted.erase(found);
}

void on_dropped(pjsip_tp_dropped_data* dropped) {
    if (dropped->status == PJ_EIGNORED) return on_line_ends(dropped);
    if (dropped->rdata == nullptr || (dropped->status != PJSIP_EINVALIDMSG && dropped->status != PJSIP_EMISSINGHDR)) return;
    const std::string_view message(static_cast<const char*>(dropped->data), dropped->len);
    answer_unreadable(dropped->rdata, message);
    take_response(dropped->rdata, message);
}

pj_status_t on_unload() {
    unwanted.clear();
    leaving.clear();
    gone.clear();
    return PJ_SUCCESS;
}

}  // namespace

void frame_messages() {
    pjsip_endpoint* const endpoint = pjsua_get_pjsip_endpt();
    framing_module = pjsip_module{};
    framing_module.name = pj_str(const_cast<char*>("mod-gateway-framing"));
    framing_module.id = -1;
    framing_module.priority = PJSIP_MOD_PRIORITY_TRANSPORT_LAYER - 2;
    framing_module.on_rx_request = &on_request;
    framing_module.on_rx_response = &on_response;
    framing_module.unload = &on_unload;
    media::check("framing messages", pjsip_endpt_register_module(endpoint, &framing_module));
    pjsip_tpmgr_set_drop_data_cb(pjsip_endpt_get_tpmgr(endpoint), &on_dropped);
}

void frame_bytes(pjsip_tp_rx_data* data) {
    const auto found = unwanted.find(data->tp);
    if (found == unwanted.end()) return frame_next(data);
    if (found->second == kEverything)
        data->len = 0;
    else if ((found->second = take_out(data, found->second)) == 0)
        unwanted.erase(found);
}

void close_unreadable() {
    gone.swap(leaving);
    for (pjsip_transport* const connection : leaving) pjsip_transport_dec_ref(connection);
    leaving.clear();
}

void forget_frame(const pjsip_transport* connection) { unwanted.erase(connection); }

}  // namespace sip
