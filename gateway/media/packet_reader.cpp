// SPDX-License-Identifier: GPL-3.0-or-later
#include "packet_reader.hpp"

#include <pjmedia/transport_udp.h>

#include <map>
#include <mutex>
#include <utility>

namespace media {
namespace {

using Sockets = Roster<RtpSocket>;

#ifdef PJMEDIA_TRANSPORT_UDP_HAS_READER

// PJSIP's word for a transport has no room for more: whose socket is which, and who reads now.
struct Register {
    std::mutex mutex;
    std::shared_ptr<Sockets> reader;
    std::map<pjmedia_transport*, std::shared_ptr<RtpSocket>> sockets;
};

Register& all() {
    static Register only;
    return only;
}

pj_status_t begin(pjmedia_transport* transport, pj_sock_t socket) {
    Register& registered = all();
    auto made = std::make_shared<RtpSocket>(transport, static_cast<int>(socket));
    const std::lock_guard guard(registered.mutex);
    if (!registered.reader) return PJ_EGONE;
    registered.reader->join(made);
    registered.sockets[transport] = std::move(made);
    return PJ_SUCCESS;
}

void end(pjmedia_transport* transport) {
    Register& registered = all();
    std::shared_ptr<RtpSocket> ended;
    {
        const std::lock_guard guard(registered.mutex);
        const auto found = registered.sockets.find(transport);
        if (found == registered.sockets.end()) return;
        ended = std::move(found->second);
        registered.sockets.erase(found);
    }
    ended->end();
}

std::shared_ptr<RtpSocket> find(int socket) {
    Register& registered = all();
    const std::lock_guard guard(registered.mutex);
    for (const auto& [transport, each] : registered.sockets)
        if (each->number() == socket) return each;
    return nullptr;
}

constexpr pjmedia_transport_udp_reader kReader = {&begin, &end};

void read_with(std::shared_ptr<Sockets> sockets) {
    Register& registered = all();
    const std::lock_guard guard(registered.mutex);
    registered.reader = std::move(sockets);
    pjmedia_transport_udp_set_reader(registered.reader ? &kReader : nullptr);
}

#else

// A PJSIP without our patch (deploy/pjsip/patches/0045): its queue has RTP as well.
void read_with(const std::shared_ptr<Sockets>&) {}
std::shared_ptr<RtpSocket> find(int) { return nullptr; }

#endif

}  // namespace

void PacketReader::start(pjmedia_endpt* endpoint) {
    if (queue_ != nullptr) return;
    pjmedia_endpt_stop_threads(endpoint);
    queue_ = pjmedia_endpt_get_ioqueue(endpoint);
    sockets_ = std::make_shared<Sockets>();
    read_with(sockets_);
}

void PacketReader::stop() noexcept {
    if (queue_ == nullptr) return;
    read_with(nullptr);
    sockets_.reset();
    queue_ = nullptr;
}

void PacketReader::pass_on(int socket, const Straight& straight) noexcept {
    if (const auto found = find(socket)) found->pass_on(straight);
}

bool PacketReader::leave(int socket) noexcept {
    const auto found = find(socket);
    if (found) found->leave();
    return found != nullptr;
}

void PacketReader::read() noexcept {
    sockets_->admit();
    datagrams_.look_at_clocks();
    sockets_->turns([this](RtpSocket& socket) { socket.read(datagrams_); }, [](RtpSocket& socket, int turns) { socket.expect(turns); });
    ask_queue();
}

void PacketReader::ask_queue() noexcept {
    constexpr int kAtOnce = PJ_IOQUEUE_MAX_EVENTS_IN_SINGLE_POLL;
    constexpr int kMost = 16;  // times; whoever sends more shall not stop the clock
    const pj_time_val at_once{0, 0};
    for (int i = 0; i < kMost && pj_ioqueue_poll(queue_, &at_once) >= kAtOnce; ++i) {
    }
}

}  // namespace media
