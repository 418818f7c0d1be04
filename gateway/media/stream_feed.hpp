// SPDX-License-Identifier: GPL-3.0-or-later
// The way of a call's packets to PJSIP's stream: those of the codec when it is their turn, on the media thread; keys
// and whatever else there is at once.

#pragma once

#include <pjmedia.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "fetch.hpp"
#include "rtp_socket.hpp"
#include "rtp_source.hpp"
#include "rtp_stream.hpp"

namespace media {

class StreamFeed {
public:
    // `stream`: whom the packets are for, while one is attached; what comes is counted in `source`.
    StreamFeed(const pjmedia_transport_attach_param& stream, RtpSource& source) : stream_(stream), source_(source) {}
    StreamFeed(const StreamFeed&) = delete;
    StreamFeed& operator=(const StreamFeed&) = delete;

    // ---- SIP thread

    // The stream that is attached is driven by our clock: its packets wait in it from now on.
    void carry(std::shared_ptr<RtpStream> carried);
    // No packet comes to it by the clock when this returns; `forget` once none comes at all.
    void end() noexcept;
    void forget() noexcept { carried_.reset(); }
    const std::shared_ptr<RtpStream>& carried() const noexcept { return carried_; }

    // ---- the thread that packets come in on

    void came(const pjmedia_tp_cb_param& packet);
    // Whether others would not be missed in the next tick.
    bool is_ahead() const noexcept {
        RtpStream* const stream = waiting_.load(std::memory_order_acquire);
        return stream != nullptr && stream->is_ahead();
    }
    // Asks for the memory that this will need.
    void expect() const noexcept {
        source_.expect();
        if (const RtpStream* const stream = waiting_.load(std::memory_order_acquire)) stream->expect_packet();
    }

private:
    static constexpr unsigned kTold = 12;

    void give(const pjmedia_tp_cb_param& packet);
    void tell_of(const pjmedia_rtp_hdr& header);

    const pjmedia_transport_attach_param& stream_;
    RtpSource& source_;
    std::shared_ptr<RtpStream> carried_;
    std::atomic<RtpStream*> waiting_{nullptr};  // the same, while packets wait in it
    std::mutex giving_;                         // a stream takes one packet at a time
    unsigned told_ = 0;                         // packets that are waiting in it
};

// ------------------------------------------------------------------------------------ implementation

inline void StreamFeed::carry(std::shared_ptr<RtpStream> carried) {
    const auto when_due = [](void* feed, void* packet, std::size_t size) {
        pjmedia_tp_cb_param due{};
        due.pkt = packet;
        due.size = static_cast<pj_ssize_t>(size);
        static_cast<StreamFeed*>(feed)->give(due);
    };
    carried->give_packets_to(Receiver{when_due, this});
    carried_ = std::move(carried);
    told_ = 0;
    waiting_.store(carried_.get(), std::memory_order_release);
}

inline void StreamFeed::end() noexcept {
    waiting_.store(nullptr, std::memory_order_release);
    if (carried_) carried_->end();
}

inline void StreamFeed::came(const pjmedia_tp_cb_param& packet) {
    RtpStream* const waits_in = waiting_.load(std::memory_order_acquire);
    auto* const header = static_cast<pjmedia_rtp_hdr*>(packet.pkt);
    const bool whole = packet.size >= static_cast<pj_ssize_t>(sizeof *header);
    if (waits_in == nullptr || !whole || !waits_in->delays(header->pt)) return give(packet);
    const std::int64_t came_ns = Arrival::ns();
    if (const std::uint32_t times = waits_in->times(header->pt); times != 1) header->ts = pj_htonl(times * pj_ntohl(header->ts));
    source_.jitter.came(header->ssrc, pj_ntohl(header->ts), waits_in->rtp_rate(), came_ns);
    if (waits_in->decodes() && told_ < kTold) tell_of(*header);
    waits_in->arrived(packet.pkt, static_cast<std::size_t>(packet.size), came_ns);
}

// Of packets that PJSIP need not decode the first alone, without contributing sources, extension and payload: it waits
// for ten until it begins with its reports.
inline void StreamFeed::tell_of(const pjmedia_rtp_hdr& header) {
    ++told_;
    pjmedia_rtp_hdr alone = header;
    alone.cc = alone.x = alone.p = 0;
    pjmedia_tp_cb_param told{};
    told.pkt = &alone;
    told.size = sizeof alone;
    give(told);
}

inline void StreamFeed::give(const pjmedia_tp_cb_param& packet) {
    const std::lock_guard guard(giving_);
    if (stream_.rtp_cb2 != nullptr) {
        pjmedia_tp_cb_param for_stream = packet;
        for_stream.user_data = stream_.user_data;
        for_stream.src_addr = nullptr;  // the stream has ideas of its own about sources; this one is right
        stream_.rtp_cb2(&for_stream);
    } else if (stream_.rtp_cb != nullptr) {
        stream_.rtp_cb(stream_.user_data, packet.pkt, packet.size);
    }
}

}  // namespace media
