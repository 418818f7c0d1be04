// SPDX-License-Identifier: GPL-3.0-or-later
#include "source_lock.hpp"

#include <pjsua-lib/pjsua_internal.h>

#include <cstdio>
#include <utility>

#include "destination.hpp"
#include "dialog_watch.hpp"
#include "key_events.hpp"
#include "monotonic.hpp"
#include "packet_kind.hpp"
#include "packet_reader.hpp"
#include "peer.hpp"
#include "plain_line.hpp"
#include "port_lease.hpp"
#include "reception.hpp"
#include "rtp_socket.hpp"
#include "srtp_state.hpp"
#include "stream_feed.hpp"

namespace media {
namespace {

void count(std::atomic<std::uint64_t>& counter) noexcept { counter.fetch_add(1, std::memory_order_relaxed); }

bool learns = false;

// The wrapper. Made after PJMEDIA's transport_adapter_sample.c: `base` comes first, `inner` does the work,
// and the group lock of `inner` keeps both alive while a callback runs.
struct SourceLock {
    pjmedia_transport base{};
    pjmedia_transport* inner = nullptr;
    std::shared_ptr<RtpSource> source = std::make_shared<RtpSource>();
    PlainLine plain;
    std::uint16_t withheld = 0;  // packets that did not leave; the media thread's own

    // Of the stream, from attach to detach. Packets come in between only: detaching `inner` waits for a
    // callback that runs, so it is done before these change. First what each packet needs.
    bool filters = true;
    bool looked = false;       // whether this stream is encrypted; the worker's own
    pj_sockaddr heard_from{};  // the last who was right, and is answered there
    Reception reception;
    KeyEvents keys;
    StreamFeed feed{stream, *source};
    Peer peer;
    pjmedia_transport_attach_param stream{};

    bool dtls = false;  // as the last negotiation has it
    bool closes_inner = false;
    pjsua_call_id call = PJSUA_INVALID_ID;
    std::unique_ptr<PortLease> lease;

    // What the dialog said last; the SIP thread's own.
    pj_sockaddr signalled{};          // the host that its messages come from
    std::int64_t acknowledged = -1;   // CSeq of the INVITE whose ACK came
    pj_sockaddr aimed_at{};           // where `source->outlet` leads

    static SourceLock& of(pjmedia_transport* transport) { return *reinterpret_cast<SourceLock*>(transport); }
    static SourceLock& of(void* user_data) { return *static_cast<SourceLock*>(user_data); }

    void negotiate(const pjmedia_transport_attach_param& attach);
    bool awaits_ack() const;
    void aim(const pj_sockaddr& address);
    pj_status_t attach_inner(const pj_sockaddr& rtp, const pj_sockaddr& rtcp);
    bool hears(const pj_sockaddr& from, const void* packet, pj_ssize_t size);
    void counts(const void* packet, pj_ssize_t size);
};

// ----------------------------------------------------------------------------------------- packets in

void SourceLock::counts(const void* packet, pj_ssize_t size) {
    if (!looked) source->encryption = encryption_of(inner, dtls);  // by now there are keys, or will be none
    looked = true;
    count(source->packets);
    source->last_ns.store(Arrival::ns(), std::memory_order_relaxed);
    if (size < static_cast<pj_ssize_t>(sizeof(pjmedia_rtp_hdr))) return;
    const auto* const header = static_cast<const pjmedia_rtp_hdr*>(packet);
    source->counted(pj_ntohl(header->ssrc), reception.came(header->ssrc, pj_ntohs(header->seq)));
}

// Attaching again is how a transport is told another address; here it happens within its own callback, on the
// only thread that calls it, and changes nothing but the address.
bool SourceLock::hears(const pj_sockaddr& from, const void* packet, pj_ssize_t size) {
    if (!filters || is_same(from, heard_from)) return true;
    const pj_sockaddr before = peer.address();
    if (!peer.hears(from, packet, size)) return false;
    if (!peer.answered_at(before)) {
        source->learned = peer.moved();
        const bool muxed = pj_sockaddr_cmp(&stream.rem_addr, &stream.rem_rtcp) == 0;
        const pj_sockaddr next_port{};  // none: the transport takes the RTP port + 1
        attach_inner(peer.address(), muxed ? peer.address() : next_port);
    }
    const bool answered = peer.answered_at(from);
    if (answered) source->outlet.prove();
    heard_from = answered ? from : pj_sockaddr{};
    return true;
}

// What else comes where RTP belongs: RTCP of somebody who has offered to send both to one port and does so unasked
// (RFC 5761), STUN, empty packets that keep a router's memory fresh (RFC 6263). It shows that somebody is there.
void on_no_rtp(SourceLock& lock, void* packet, pj_ssize_t size) {
    count(lock.source->reports);
    if (!is_rtcp(packet, size)) return;
    lock.source->far.came(packet, static_cast<std::size_t>(size), Arrival::ns());
    if (lock.stream.rtcp_cb != nullptr) lock.stream.rtcp_cb(lock.stream.user_data, packet, size);
}

void on_rtp(pjmedia_tp_cb_param* param) {
    SourceLock& lock = SourceLock::of(param->user_data);
    if (param->size > 0) {  // otherwise a socket error, which is the stream's to handle
        const pj_sockaddr from = *param->src_addr;
        if (!lock.hears(from, param->pkt, param->size)) return lock.source->dropped(from);
        if (is_rtcp(param->pkt, param->size) || !is_rtp(param->pkt, param->size))
            return on_no_rtp(lock, param->pkt, param->size);
        lock.counts(param->pkt, param->size);
        lock.keys.tell_apart(param->pkt, param->size);
    }
    lock.feed.came(*param);
}

// What was read from the socket of a plain line. False if it is PJSIP's to look at first.
bool on_plain(void* user_data, void* packet, pj_ssize_t size, pj_sockaddr* from) {
    if (size <= 0 || !SourceLock::of(user_data).plain.open()) return false;
    pjmedia_tp_cb_param param{user_data, packet, size, from, PJ_FALSE};
    on_rtp(&param);
    return true;
}

bool is_plain_ahead(const void* lock) { return static_cast<const SourceLock*>(lock)->feed.is_ahead(); }

void expect_plain(const void* lock, int turns) {
    const SourceLock& expected = *static_cast<const SourceLock*>(lock);
    if (turns > 1) return fetch_between(&expected.source, &expected.peer);
    expected.feed.expect();
}

// The source of RTCP is not passed along; the transport keeps that of the packet in hand.
void on_rtcp(void* user_data, void* packet, pj_ssize_t size) {
    SourceLock& lock = SourceLock::of(user_data);
    pjmedia_transport_info info;
    pjmedia_transport_info_init(&info);
    pjmedia_transport_get_info(lock.inner, &info);
    if (size > 0 && lock.filters) {
        if (!lock.peer.hears_rtcp(info.src_rtcp_name)) return lock.source->dropped(info.src_rtcp_name);
        if (lock.peer.answered_at_host_of(info.src_rtcp_name)) lock.source->outlet.prove();
    }
    if (is_rtcp(packet, size)) {
        count(lock.source->reports);
        const std::int64_t came_ns = Arrival::at(static_cast<int>(info.sock_info.rtcp_sock));
        lock.source->far.came(packet, static_cast<std::size_t>(size), came_ns);
    }
    if (lock.stream.rtcp_cb != nullptr) lock.stream.rtcp_cb(lock.stream.user_data, packet, size);
}

// ------------------------------------------------------------------------------- attaching and detaching

void SourceLock::negotiate(const pjmedia_transport_attach_param& attach) {
    pjmedia_transport_info info;
    pjmedia_transport_info_init(&info);
    pjmedia_transport_get_info(inner, &info);
    filters = pjmedia_transport_info_get_spc_info(&info, PJMEDIA_TRANSPORT_TYPE_ICE) == nullptr;
    const int family = info.sock_info.rtp_addr_name.addr.sa_family;
    const pj_sockaddr rtp = seen_from(family, attach.rem_addr);
    const bool own_rtcp = pj_sockaddr_has_addr(&attach.rem_rtcp) != PJ_FALSE;
    peer.announce(rtp, own_rtcp ? seen_from(family, attach.rem_rtcp) : rtp, signalled, learns);
    heard_from = pj_sockaddr{};
    source->learned = false;
    aim(rtp);
    stream = attach;
    looked = false;
}

// Whether the address in hand came with an INVITE of the far end whose 200 nobody has acknowledged.
bool SourceLock::awaits_ack() const {
    const pjsip_inv_session* const session = pjsua_var.calls[call].inv;
    const pjsip_transaction* const invite = session != nullptr ? session->invite_tsx : nullptr;
    return invite != nullptr && invite->role == PJSIP_ROLE_UAS && invite->cseq != acknowledged;
}

void SourceLock::aim(const pj_sockaddr& address) {
    const bool same = pj_sockaddr_has_addr(&aimed_at) && pj_sockaddr_cmp(&aimed_at, &address) == 0;
    aimed_at = address;
    if (!pj_sockaddr_has_addr(&address)) {
        source->outlet.close();
    } else if (!same) {
        source->outlet.aim(!filters || !awaits_ack());
    }
}

pj_status_t SourceLock::attach_inner(const pj_sockaddr& rtp, const pj_sockaddr& rtcp) {
    pjmedia_transport_attach_param param = stream;
    param.user_data = this;
    param.rtp_cb = nullptr;
    param.rtp_cb2 = &on_rtp;
    param.rtcp_cb = &on_rtcp;
    pj_sockaddr_cp(&param.rem_addr, &rtp);
    param.rem_rtcp = rtcp;
    const pj_status_t status = pjmedia_transport_attach2(inner, &param);
    if (status == PJ_SUCCESS) plain.lead(inner, rtp);
    return status;
}

pj_status_t attach2(pjmedia_transport* transport, pjmedia_transport_attach_param* attach) {
    SourceLock& lock = SourceLock::of(transport);
    if (objection(attach->rem_addr, attach->rem_rtcp) != nullptr) return PJ_EINVAL;
    lock.negotiate(*attach);
    const pj_status_t status = lock.attach_inner(attach->rem_addr, attach->rem_rtcp);
    PacketReader::pass_on(lock.plain.socket(), Straight{&on_plain, &is_plain_ahead, &expect_plain, &lock});
    return status;
}

void detach(pjmedia_transport* transport, void*) {
    SourceLock& lock = SourceLock::of(transport);
    lock.feed.end();
    pjmedia_transport_detach(lock.inner, &lock);
    lock.plain.cut();
    lock.feed.forget();
    lock.stream = pjmedia_transport_attach_param{};
}

// ---------------------------------------------------------------------------------------- packets out

// The packet is the stream's own buffer. To whoever listens what did not leave was never there: no gap in the
// numbers, or it would count as lost.
pj_status_t send_rtp(pjmedia_transport* transport, const void* packet, pj_size_t size) {
    SourceLock& lock = SourceLock::of(transport);
    if (size < sizeof(pjmedia_rtp_hdr)) return PJ_EINVAL;
    if (lock.source->outlet.awaits_keys() && has_keys(lock.inner)) lock.source->outlet.await_keys(false);
    auto* const header = static_cast<pjmedia_rtp_hdr*>(const_cast<void*>(packet));
    const auto samples = static_cast<std::uint32_t>(size - sizeof(pjmedia_rtp_hdr));
    if (!lock.source->outlet.lets_out(pj_ntohl(header->ts), samples)) {
        ++lock.withheld;
        return PJ_SUCCESS;
    }
    header->seq = pj_htons(static_cast<pj_uint16_t>(pj_ntohs(header->seq) - lock.withheld));
    count(lock.source->sent);
    if (lock.plain.send(packet, size)) return PJ_SUCCESS;
    return pjmedia_transport_send_rtp(lock.inner, packet, size);
}

pj_status_t send_rtcp(pjmedia_transport* transport, const void* packet, pj_size_t size) {
    SourceLock& lock = SourceLock::of(transport);
    if (!lock.source->outlet.open()) return PJ_SUCCESS;
    lock.source->leaves(const_cast<void*>(packet), size, now_ns());
    return pjmedia_transport_send_rtcp(lock.inner, packet, size);
}

pj_status_t send_rtcp2(pjmedia_transport* transport, const pj_sockaddr_t* address, unsigned length,
                       const void* packet, pj_size_t size) {
    SourceLock& lock = SourceLock::of(transport);
    if (!lock.source->outlet.open()) return PJ_SUCCESS;
    lock.source->leaves(const_cast<void*>(packet), size, now_ns());
    return pjmedia_transport_send_rtcp2(lock.inner, address, length, packet, size);
}

// ----------------------------------------------------------------------------------------- passed through

pj_status_t get_info(pjmedia_transport* transport, pjmedia_transport_info* info) {
    return pjmedia_transport_get_info(SourceLock::of(transport).inner, info);
}

pj_status_t media_create(pjmedia_transport* transport, pj_pool_t* pool, unsigned options,
                         const pjmedia_sdp_session* remote, unsigned index) {
    return pjmedia_transport_media_create(SourceLock::of(transport).inner, pool, options, remote, index);
}

pj_status_t encode_sdp(pjmedia_transport* transport, pj_pool_t* pool, pjmedia_sdp_session* local,
                       const pjmedia_sdp_session* remote, unsigned index) {
    return pjmedia_transport_encode_sdp(SourceLock::of(transport).inner, pool, local, remote, index);
}

pj_status_t media_start(pjmedia_transport* transport, pj_pool_t* pool, const pjmedia_sdp_session* local,
                        const pjmedia_sdp_session* remote, unsigned index) {
    SourceLock& lock = SourceLock::of(transport);
    lock.dtls = agrees_on_dtls(local, remote, index);
    lock.source->outlet.await_keys(lock.dtls);  // of an earlier handshake, too: `send_rtp` looks
    lock.plain.agree(false);
    const pj_status_t status = pjmedia_transport_media_start(lock.inner, pool, local, remote, index);
    lock.plain.agree(status == PJ_SUCCESS && names_no_keys(remote, index));
    return status;
}

pj_status_t media_stop(pjmedia_transport* transport) {
    SourceLock::of(transport).plain.agree(false);
    return pjmedia_transport_media_stop(SourceLock::of(transport).inner);
}

pj_status_t simulate_lost(pjmedia_transport* transport, pjmedia_dir direction, unsigned percent) {
    return pjmedia_transport_simulate_lost(SourceLock::of(transport).inner, direction, percent);
}

// -------------------------------------------------------------------------------------------- lifetime

void on_destroy(void* lock) { delete static_cast<SourceLock*>(lock); }

pj_status_t destroy(pjmedia_transport* transport) {
    SourceLock& lock = SourceLock::of(transport);
    pj_grp_lock_t* const group_lock = lock.base.grp_lock;
    if (lock.closes_inner) pjmedia_transport_close(lock.inner);
    lock.lease.reset();
    pj_grp_lock_dec_ref(group_lock);  // the last reference deletes the lock
    return PJ_SUCCESS;
}

pjmedia_transport_op operations = {
    &get_info,   nullptr,     &detach,      &send_rtp,   &send_rtcp,     &send_rtcp2, &media_create,
    &encode_sdp, &media_start, &media_stop, &simulate_lost, &destroy,    &attach2,
};

// pjsua's callback: the call's transport, SRTP already around it.
pjmedia_transport* wrap(pjsua_call_id call, unsigned, pjmedia_transport* inner, unsigned flags) {
    if (inner == nullptr || inner->grp_lock == nullptr) return inner;  // no lifetime to lean on
    auto* const lock = new SourceLock;
    if (pj_grp_lock_add_handler(inner->grp_lock, nullptr, lock, &on_destroy) != PJ_SUCCESS) {
        delete lock;
        return inner;
    }
    std::snprintf(lock->base.name, sizeof lock->base.name, "lock%p", static_cast<void*>(lock));
    lock->base.type = static_cast<pjmedia_transport_type>(PJMEDIA_TRANSPORT_TYPE_USER + 1);
    lock->base.op = &operations;
    lock->base.grp_lock = inner->grp_lock;
    lock->inner = inner;
    lock->closes_inner = (flags & PJSUA_MED_TP_CLOSE_MEMBER) != 0;
    lock->call = call;
    lock->lease = std::make_unique<PortLease>(call, inner);
    // The INVITE, if it brought an offer; otherwise its ACK tells.
    const pjsip_rx_data* const invite = pjsua_var.calls[call].incoming_data;
    if (invite != nullptr) lock->signalled = invite->pkt_info.src_addr;
    lock->source->last_ns = now_ns();
    pj_grp_lock_add_ref(inner->grp_lock);
    return &lock->base;
}

decltype(pjsua_callback::on_create_media_transport) replaced = nullptr;
bool installed = false;

}  // namespace

void install_source_lock(bool learn) {
    learns = learn;
    set_up_dtls(pjsip_endpt_get_timer_heap(pjsua_get_pjsip_endpt()), learn);
    if (installed) return;
    replaced = pjsua_var.ua_cfg.cb.on_create_media_transport;
    pjsua_var.ua_cfg.cb.on_create_media_transport = &wrap;
    watch_dialogs();
    installed = true;
}

void uninstall_source_lock() noexcept {
    if (!installed) return;
    ignore_dialogs();
    pjsua_var.ua_cfg.cb.on_create_media_transport = replaced;
    installed = false;
}

void signalled(pjmedia_transport* transport, const pj_sockaddr& source, std::int64_t acknowledged) {
    if (transport == nullptr || transport->op != &operations) return;
    SourceLock& lock = SourceLock::of(transport);
    lock.signalled = source;
    if (acknowledged < 0) return;
    lock.acknowledged = acknowledged;
    lock.source->outlet.prove();
}

bool carry(pjmedia_transport* transport, std::shared_ptr<RtpStream> stream) {
    if (transport == nullptr || transport->op != &operations) return false;
    SourceLock& lock = SourceLock::of(transport);
    lock.source->outlet.keep_time(stream->rtp_rate());
    lock.source->rtp_rate = stream->rtp_rate();
    stream->count_in(lock.source);
    lock.feed.carry(std::move(stream));
    return true;
}

void keys_come_as(pjmedia_transport* transport, int payload_type) {
    if (transport != nullptr && transport->op == &operations) SourceLock::of(transport).keys.come_as(payload_type);
}

CallAudio call_audio(pjsua_conf_port_id slot) {
    CallAudio found;
    PJSUA_LOCK();
    for (unsigned c = 0; c < pjsua_var.ua_cfg.max_calls && !found.source; ++c) {
        pjsua_call& call = pjsua_var.calls[c];
        for (unsigned m = 0; call.inv != nullptr && m < call.med_cnt; ++m) {
            const pjsua_call_media& media = call.media[m];
            if (media.type != PJMEDIA_TYPE_AUDIO || media.strm.a.conf_slot != slot) continue;
            if (media.tp == nullptr || media.tp->op != &operations) continue;
            const SourceLock& lock = SourceLock::of(media.tp);
            found = CallAudio{lock.source, lock.feed.carried()};
        }
    }
    PJSUA_UNLOCK();
    return found;
}

}  // namespace media
