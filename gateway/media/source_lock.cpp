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

// Recognises one stream among strangers: so many packets from one address, of one SSRC, numbered one after
// another (RFC 3550 appendix A.1 asks for 2 to believe in a source; here money hangs on it).
class Candidate {
public:
    // True when the packet completes the proof.
    bool convinces(const pj_sockaddr& from, const void* packet, pj_ssize_t size) {
        if (size < 12) return false;
        const auto* header = static_cast<const pjmedia_rtp_hdr*>(packet);
        const auto number = pj_ntohs(header->seq);
        const bool goes_on = in_a_row_ > 0 && header->ssrc == ssrc_ && number == pj_uint16_t(number_ + 1) &&
                             pj_sockaddr_cmp(&from, &address_) == 0;
        in_a_row_ = goes_on ? in_a_row_ + 1 : 1;
        pj_sockaddr_cp(&address_, &from);
        ssrc_ = header->ssrc;
        number_ = number;
        return in_a_row_ >= kProof;
    }

private:
    static constexpr int kProof = 5;  // 100 ms

    pj_sockaddr address_{};
    pj_uint32_t ssrc_ = 0;
    pj_uint16_t number_ = 0;
    int in_a_row_ = 0;
};

constexpr std::int64_t kLearnWithinNs = 30'000'000'000;  // of the attach; early media may ring for long

bool learns = false;

// The wrapper. Made after PJMEDIA's transport_adapter_sample.c: `base` comes first, `inner` does the work,
// and the group lock of `inner` keeps both alive while a callback runs.
struct SourceLock {
    pjmedia_transport base{};
    pjmedia_transport* inner = nullptr;
    bool closes_inner = false;
    std::shared_ptr<RtpSource> source = std::make_shared<RtpSource>();

    // Of the stream, from attach to detach. Packets come in between only: detaching `inner` waits for a
    // callback that runs, so it is done before these change.
    pjmedia_transport_attach_param stream{};
    bool filters = true;
    pj_sockaddr negotiated{};       // what the SDP names
    pj_sockaddr negotiated_rtcp{};
    pj_sockaddr remote{};           // what is accepted: the same, or what was learned instead
    std::int64_t learn_until_ns = 0;
    Candidate candidate;

    static SourceLock& of(pjmedia_transport* transport) { return *reinterpret_cast<SourceLock*>(transport); }
    static SourceLock& of(void* user_data) { return *static_cast<SourceLock*>(user_data); }

    void negotiate(const pjmedia_transport_attach_param& attach);
    pj_status_t attach_inner(const pj_sockaddr& rtp, const pj_sockaddr& rtcp);
    bool accepts(const pj_sockaddr& from, const void* packet, pj_ssize_t size);
    bool accepts_rtcp(const pj_sockaddr& from) const;
    void adopt(const pj_sockaddr& address);
};

// ----------------------------------------------------------------------------------------- packets in

bool is(const pj_sockaddr& address, const pj_sockaddr& other) {
    return pj_sockaddr_has_addr(&address) && pj_sockaddr_cmp(&address, &other) == 0;
}

bool same_host(const pj_sockaddr& address, const pj_sockaddr& other) {
    return pj_sockaddr_has_addr(&address) && address.addr.sa_family == other.addr.sa_family &&
           std::memcmp(pj_sockaddr_get_addr(&address), pj_sockaddr_get_addr(&other),
                       pj_sockaddr_get_addr_len(&address)) == 0;
}

bool SourceLock::accepts(const pj_sockaddr& from, const void* packet, pj_ssize_t size) {
    if (!filters) return true;
    if (is(remote, from)) {
        learn_until_ns = 0;
        return true;
    }
    if (is(negotiated, from)) {  // what was learned instead was wrong
        adopt(negotiated);
        return true;
    }
    if (now_ns() > learn_until_ns || !candidate.convinces(from, packet, size)) return false;
    adopt(from);
    return true;
}

// RTCP may come from any port; RFC 3605 even lets another host send it, if it was negotiated.
bool SourceLock::accepts_rtcp(const pj_sockaddr& from) const {
    return !filters || same_host(negotiated_rtcp, from) || same_host(remote, from);
}

// Listens and sends to another address from now on. Attaching again is how a transport is told; here it
// happens within its own callback, on the only thread that calls it, and changes nothing but the address.
void SourceLock::adopt(const pj_sockaddr& address) {
    pj_sockaddr_cp(&remote, &address);
    source->learned = !is(negotiated, remote);
    learn_until_ns = 0;
    const bool muxed = is(stream.rem_addr, stream.rem_rtcp);
    const pj_sockaddr next_port{};  // none: the transport takes the RTP port + 1
    attach_inner(remote, muxed ? remote : next_port);
}

void on_rtp(pjmedia_tp_cb_param* param) {
    SourceLock& lock = SourceLock::of(param->user_data);
    if (param->size > 0) {  // otherwise a socket error, which is the stream's to handle
        const pj_sockaddr from = *param->src_addr;
        if (!lock.accepts(from, param->pkt, param->size)) return count(lock.source->strangers);
        count(lock.source->packets);
        lock.source->last_ns.store(now_ns(), std::memory_order_relaxed);
    }
    if (lock.stream.rtp_cb2 != nullptr) {
        pjmedia_tp_cb_param for_stream = *param;
        for_stream.user_data = lock.stream.user_data;
        for_stream.src_addr = nullptr;  // the stream has ideas of its own about sources; this one is right
        lock.stream.rtp_cb2(&for_stream);
    } else if (lock.stream.rtp_cb != nullptr) {
        lock.stream.rtp_cb(lock.stream.user_data, param->pkt, param->size);
    }
}

// The source of RTCP is not passed along; the transport keeps that of the packet in hand.
void on_rtcp(void* user_data, void* packet, pj_ssize_t size) {
    SourceLock& lock = SourceLock::of(user_data);
    if (size > 0) {
        pjmedia_transport_info info;
        pjmedia_transport_info_init(&info);
        pjmedia_transport_get_info(lock.inner, &info);
        if (!lock.accepts_rtcp(info.src_rtcp_name)) return count(lock.source->strangers);
    }
    if (lock.stream.rtcp_cb != nullptr) lock.stream.rtcp_cb(lock.stream.user_data, packet, size);
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
    negotiated = seen_from(family, attach.rem_addr);
    negotiated_rtcp = pj_sockaddr_has_addr(&attach.rem_rtcp) ? seen_from(family, attach.rem_rtcp) : negotiated;
    remote = negotiated;
    source->learned = false;
    // On hold without an address there is nobody to learn.
    learn_until_ns = learns && pj_sockaddr_has_addr(&negotiated) ? now_ns() + kLearnWithinNs : 0;
    candidate = Candidate{};
    stream = attach;
}

pj_status_t SourceLock::attach_inner(const pj_sockaddr& rtp, const pj_sockaddr& rtcp) {
    pjmedia_transport_attach_param param = stream;
    param.user_data = this;
    param.rtp_cb = nullptr;
    param.rtp_cb2 = &on_rtp;
    param.rtcp_cb = &on_rtcp;
    pj_sockaddr_cp(&param.rem_addr, &rtp);
    param.rem_rtcp = rtcp;
    return pjmedia_transport_attach2(inner, &param);
}

pj_status_t attach2(pjmedia_transport* transport, pjmedia_transport_attach_param* attach) {
    SourceLock& lock = SourceLock::of(transport);
    lock.negotiate(*attach);
    return lock.attach_inner(attach->rem_addr, attach->rem_rtcp);
}

void detach(pjmedia_transport* transport, void*) {
    SourceLock& lock = SourceLock::of(transport);
    pjmedia_transport_detach(lock.inner, &lock);
    lock.stream = pjmedia_transport_attach_param{};
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

void install_source_lock(bool learn) {
    learns = learn;
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
