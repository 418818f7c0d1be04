// SPDX-License-Identifier: GPL-3.0-or-later
#include "source_lock.hpp"

#include <pjsua-lib/pjsua_internal.h>
#include <time.h>

#include <cstdio>
#include <cstring>

namespace media {
namespace {

std::int64_t now_ns() noexcept {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

void count(std::atomic<std::uint64_t>& counter) noexcept { counter.fetch_add(1, std::memory_order_relaxed); }

// The wrapper. Made after PJMEDIA's transport_adapter_sample.c: `base` comes first, `inner` does the work,
// and the group lock of `inner` keeps both alive while a callback runs.
struct SourceLock {
    pjmedia_transport base{};
    pjmedia_transport* inner = nullptr;
    bool closes_inner = false;
    std::shared_ptr<RtpSource> source = std::make_shared<RtpSource>();

    // Of the stream, from attach to detach. Packets come in between only: detaching `inner` waits for a
    // callback that runs, so it is done before these change.
    void* stream = nullptr;
    void (*rtp_cb)(void*, void*, pj_ssize_t) = nullptr;
    void (*rtp_cb2)(pjmedia_tp_cb_param*) = nullptr;
    void (*rtcp_cb)(void*, void*, pj_ssize_t) = nullptr;
    pj_sockaddr remote{};
    pj_sockaddr remote_rtcp{};
    bool filters = true;

    static SourceLock& of(pjmedia_transport* transport) { return *reinterpret_cast<SourceLock*>(transport); }
    static SourceLock& of(void* user_data) { return *static_cast<SourceLock*>(user_data); }

    void negotiate(const pjmedia_transport_attach_param& attach);
    bool from_peer(const pj_sockaddr& address) const;
    bool from_peers_host(const pj_sockaddr& address) const;
};

// ----------------------------------------------------------------------------------------- packets in

bool SourceLock::from_peer(const pj_sockaddr& address) const {
    return !filters || (pj_sockaddr_has_addr(&remote) && pj_sockaddr_cmp(&remote, &address) == 0);
}

// RTCP may come from any port; RFC 3605 even lets another host send it, if it was negotiated.
bool SourceLock::from_peers_host(const pj_sockaddr& address) const {
    if (!filters) return true;
    if (!pj_sockaddr_has_addr(&remote_rtcp) || remote_rtcp.addr.sa_family != address.addr.sa_family) return false;
    return std::memcmp(pj_sockaddr_get_addr(&remote_rtcp), pj_sockaddr_get_addr(&address),
                       pj_sockaddr_get_addr_len(&address)) == 0;
}

void on_rtp(pjmedia_tp_cb_param* param) {
    SourceLock& lock = SourceLock::of(param->user_data);
    if (param->size > 0) {  // otherwise a socket error, which is the stream's to handle
        if (!lock.from_peer(*param->src_addr)) return count(lock.source->strangers);
        count(lock.source->packets);
        lock.source->last_ns.store(now_ns(), std::memory_order_relaxed);
    }
    if (lock.rtp_cb2 != nullptr) {
        pjmedia_tp_cb_param for_stream = *param;
        for_stream.user_data = lock.stream;
        lock.rtp_cb2(&for_stream);
        param->rem_switch = for_stream.rem_switch;
    } else if (lock.rtp_cb != nullptr) {
        lock.rtp_cb(lock.stream, param->pkt, param->size);
    }
}

// The source of RTCP is not passed along; the transport keeps that of the packet in hand.
void on_rtcp(void* user_data, void* packet, pj_ssize_t size) {
    SourceLock& lock = SourceLock::of(user_data);
    if (size > 0 && lock.filters) {
        pjmedia_transport_info info;
        pjmedia_transport_info_init(&info);
        pjmedia_transport_get_info(lock.inner, &info);
        if (!lock.from_peers_host(info.src_rtcp_name)) return count(lock.source->strangers);
    }
    if (lock.rtcp_cb != nullptr) lock.rtcp_cb(lock.stream, packet, size);
}

// ------------------------------------------------------------------------------- attaching and detaching

// As the UDP transport does it: an IPv4 peer behind NAT64 has an IPv6 address here (RFC 6052).
pj_sockaddr seen_from(int family, const pj_sockaddr& address) {
    pj_sockaddr seen{};
    if (pj_sockaddr_synthesize(family, &seen, &address) != PJ_SUCCESS) pj_sockaddr_cp(&seen, &address);
    return seen;
}

void SourceLock::negotiate(const pjmedia_transport_attach_param& attach) {
    pjmedia_transport_info info;
    pjmedia_transport_info_init(&info);
    pjmedia_transport_get_info(inner, &info);
    filters = pjmedia_transport_info_get_spc_info(&info, PJMEDIA_TRANSPORT_TYPE_ICE) == nullptr;
    const int family = info.sock_info.rtp_addr_name.addr.sa_family;
    remote = seen_from(family, attach.rem_addr);
    remote_rtcp = pj_sockaddr_has_addr(&attach.rem_rtcp) ? seen_from(family, attach.rem_rtcp) : remote;
}

pj_status_t attach2(pjmedia_transport* transport, pjmedia_transport_attach_param* attach) {
    SourceLock& lock = SourceLock::of(transport);
    lock.negotiate(*attach);
    lock.stream = attach->user_data;
    lock.rtp_cb = attach->rtp_cb;
    lock.rtp_cb2 = attach->rtp_cb2;
    lock.rtcp_cb = attach->rtcp_cb;
    pjmedia_transport_attach_param for_inner = *attach;
    for_inner.user_data = &lock;
    for_inner.rtp_cb = nullptr;
    for_inner.rtp_cb2 = &on_rtp;
    for_inner.rtcp_cb = &on_rtcp;
    return pjmedia_transport_attach2(lock.inner, &for_inner);
}

void detach(pjmedia_transport* transport, void*) {
    SourceLock& lock = SourceLock::of(transport);
    pjmedia_transport_detach(lock.inner, &lock);
    lock.stream = nullptr;
    lock.rtp_cb = nullptr;
    lock.rtp_cb2 = nullptr;
    lock.rtcp_cb = nullptr;
}

// ----------------------------------------------------------------------------------------- passed through

pj_status_t get_info(pjmedia_transport* transport, pjmedia_transport_info* info) {
    return pjmedia_transport_get_info(SourceLock::of(transport).inner, info);
}

pj_status_t send_rtp(pjmedia_transport* transport, const void* packet, pj_size_t size) {
    return pjmedia_transport_send_rtp(SourceLock::of(transport).inner, packet, size);
}

pj_status_t send_rtcp(pjmedia_transport* transport, const void* packet, pj_size_t size) {
    return pjmedia_transport_send_rtcp(SourceLock::of(transport).inner, packet, size);
}

pj_status_t send_rtcp2(pjmedia_transport* transport, const pj_sockaddr_t* address, unsigned length,
                       const void* packet, pj_size_t size) {
    return pjmedia_transport_send_rtcp2(SourceLock::of(transport).inner, address, length, packet, size);
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
    return pjmedia_transport_media_start(SourceLock::of(transport).inner, pool, local, remote, index);
}

pj_status_t media_stop(pjmedia_transport* transport) {
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
    pj_grp_lock_dec_ref(group_lock);  // the last reference deletes the lock
    return PJ_SUCCESS;
}

pjmedia_transport_op operations = {
    &get_info,   nullptr,     &detach,      &send_rtp,   &send_rtcp,     &send_rtcp2, &media_create,
    &encode_sdp, &media_start, &media_stop, &simulate_lost, &destroy,    &attach2,
};

// pjsua's callback: the call's transport, SRTP already around it.
pjmedia_transport* wrap(pjsua_call_id, unsigned, pjmedia_transport* inner, unsigned flags) {
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
    lock->source->last_ns = now_ns();
    pj_grp_lock_add_ref(inner->grp_lock);
    return &lock->base;
}

decltype(pjsua_callback::on_create_media_transport) replaced = nullptr;
bool installed = false;

}  // namespace

void install_source_lock() {
    if (installed) return;
    replaced = pjsua_var.ua_cfg.cb.on_create_media_transport;
    pjsua_var.ua_cfg.cb.on_create_media_transport = &wrap;
    installed = true;
}

void uninstall_source_lock() noexcept {
    if (!installed) return;
    pjsua_var.ua_cfg.cb.on_create_media_transport = replaced;
    installed = false;
}

std::shared_ptr<const RtpSource> rtp_source(pjsua_conf_port_id slot) {
    std::shared_ptr<const RtpSource> found;
    PJSUA_LOCK();
    for (unsigned c = 0; c < pjsua_var.ua_cfg.max_calls && !found; ++c) {
        pjsua_call& call = pjsua_var.calls[c];
        for (unsigned m = 0; call.inv != nullptr && m < call.med_cnt; ++m) {
            const pjsua_call_media& media = call.media[m];
            if (media.type != PJMEDIA_TYPE_AUDIO || media.strm.a.conf_slot != slot) continue;
            if (media.tp != nullptr && media.tp->op == &operations) found = SourceLock::of(media.tp).source;
        }
    }
    PJSUA_UNLOCK();
    return found;
}

}  // namespace media
