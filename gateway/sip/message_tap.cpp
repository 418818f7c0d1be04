// SPDX-License-Identifier: GPL-3.0-or-later

#include "message_tap.hpp"

#include <nanobind/stl/string.h>
#include <pjsua-lib/pjsua.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>

#include "../media/pj_error.hpp"

namespace nb = nanobind;

namespace sip::message_tap {

namespace {

constexpr std::size_t kMostBytes = 8U << 20U;

struct Message {
    double at;
    bool came_in;
    std::string transport;
    std::string peer;
    std::string local;
    std::string text;
};

// All of it belongs to the SIP thread.
std::deque<Message> kept;
std::size_t kept_bytes;
std::uint64_t lost;
pjsip_module tap_module;

void keep(bool came_in, const pjsip_transport& transport, std::string peer, const char* text, std::size_t size) {
    while (!kept.empty() && kept_bytes + size > kMostBytes) {
        kept_bytes -= kept.front().text.size();
        kept.pop_front();
        ++lost;
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto& own = transport.local_name;
    std::string local(own.host.ptr, static_cast<std::size_t>(own.host.slen));
    local.append(1, ':').append(std::to_string(own.port));
    kept.push_back({std::chrono::duration<double>(now).count(), came_in, transport.type_name, std::move(peer),
                    std::move(local), {text, size}});
    kept_bytes += size;
}

std::string named(const char* host, int port) { return std::string(host).append(1, ':').append(std::to_string(port)); }

pj_bool_t on_came(pjsip_rx_data* message) {
    const auto& from = message->pkt_info;
    const auto size = static_cast<std::size_t>(message->msg_info.len);
    keep(true, *message->tp_info.transport, named(from.src_name, from.src_port), message->msg_info.msg_buf, size);
    return PJ_FALSE;
}

pj_status_t on_went(pjsip_tx_data* message) {
    const auto& to = message->tp_info;
    const auto size = static_cast<std::size_t>(message->buf.cur - message->buf.start);
    keep(false, *to.transport, named(to.dst_name, to.dst_port), message->buf.start, size);
    return PJ_SUCCESS;
}

}  // namespace

void open() {
    kept.clear();
    kept_bytes = 0;
    lost = 0;
    tap_module = pjsip_module{};
    tap_module.name = pj_str(const_cast<char*>("mod-gateway-message-tap"));
    tap_module.id = -1;
    // Before anybody who could take a message away, and after everybody who could change one.
    tap_module.priority = PJSIP_MOD_PRIORITY_TRANSPORT_LAYER - 1;
    tap_module.on_rx_request = &on_came;
    tap_module.on_rx_response = &on_came;
    tap_module.on_tx_request = &on_went;
    tap_module.on_tx_response = &on_went;
    media::check("installing the message tap", pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &tap_module));
}

nb::tuple take() {
    nb::list told;
    for (const Message& one : kept)
        told.append(nb::make_tuple(one.at, one.came_in, one.transport, one.peer, one.local,
                                   nb::bytes(one.text.data(), one.text.size())));
    kept.clear();
    kept_bytes = 0;
    const std::uint64_t missing = lost;
    lost = 0;
    return nb::make_tuple(told, missing);
}

}  // namespace sip::message_tap
