// SPDX-License-Identifier: GPL-3.0-or-later

#include "unsent.hpp"

#include <sys/socket.h>

#include <unordered_map>

#include "descriptors.hpp"

namespace sip {

namespace {

constexpr unsigned kMost = 32;  // messages, of some 12 KB each

using Send = decltype(pjsip_transport::send_msg);

struct Connection {
    Send send;  // PJSIP's
    unsigned unsent = 0;
    bool ended = false;
};

std::unordered_map<pjsip_transport*, Connection> connections;

// Whom PJSIP wants told when a message has left; in the message's own memory.
struct Teller {
    void* token;
    pjsip_transport_callback tell;
};

void on_sent(pjsip_transport* transport, void* token, pj_ssize_t bytes) {
    const auto found = connections.find(transport);
    if (found != connections.end() && found->second.unsent > 0) --found->second.unsent;
    const auto* const teller = static_cast<const Teller*>(token);
    teller->tell(transport, teller->token, bytes);
}

// PJSIP closes what nobody holds, and what could not be sent holds its connection. But it sees the end of what it
// reads, gives up what it wants to write, and then lets go.
void end(const pjsip_transport* transport) {
    const int descriptor = find_descriptor_of(*transport);
    if (descriptor >= 0) ::shutdown(descriptor, SHUT_RDWR);
}

pj_status_t send(pjsip_transport* transport, pjsip_tx_data* message, const pj_sockaddr_t* address, int length,
                 void* token, pjsip_transport_callback tell) {
    Connection& connection = connections.at(transport);
    if (connection.unsent >= kMost) {
        if (!connection.ended) end(transport);
        connection.ended = true;
        return PJ_ETOOMANY;
    }
    auto* const teller = PJ_POOL_ALLOC_T(message->pool, Teller);
    *teller = {token, tell};
    const pj_status_t status = connection.send(transport, message, address, length, teller, &on_sent);
    if (status == PJ_EPENDING) ++connection.unsent;
    return status;
}

}  // namespace

void bound_unsent(pjsip_transport* connection) {
    if (!connections.emplace(connection, Connection{connection->send_msg}).second) return;
    connection->send_msg = &send;
}

void forget_unsent(pjsip_transport* connection) {
    const auto found = connections.find(connection);
    if (found == connections.end()) return;
    connection->send_msg = found->second.send;
    connections.erase(found);
}

}  // namespace sip
