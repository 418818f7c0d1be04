// SPDX-License-Identifier: GPL-3.0-or-later
#include "peer.hpp"

#include <pjmedia/rtp.h>

#include <cstring>

#include "destination.hpp"
#include "monotonic.hpp"

namespace media {
namespace {

constexpr std::int64_t kLearnWithinNs = 30'000'000'000;  // of the attach; early media may ring for long

bool is(const pj_sockaddr& address, const pj_sockaddr& other) {
    return pj_sockaddr_has_addr(&address) && pj_sockaddr_cmp(&address, &other) == 0;
}

bool same_host(const pj_sockaddr& address, const pj_sockaddr& other) {
    return pj_sockaddr_has_addr(&address) && address.addr.sa_family == other.addr.sa_family &&
           std::memcmp(pj_sockaddr_get_addr(&address), pj_sockaddr_get_addr(&other),
                       pj_sockaddr_get_addr_len(&address)) == 0;
}

}  // namespace

pj_sockaddr seen_from(int family, const pj_sockaddr& address) {
    pj_sockaddr seen{};
    if (pj_sockaddr_synthesize(family, &seen, &address) != PJ_SUCCESS) pj_sockaddr_cp(&seen, &address);
    return seen;
}

bool Candidate::convinces(const pj_sockaddr& from, const void* packet, pj_ssize_t size) {
    if (size < static_cast<pj_ssize_t>(sizeof(pjmedia_rtp_hdr))) return false;
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

void Peer::announce(const pj_sockaddr& rtp, const pj_sockaddr& rtcp, const pj_sockaddr& signalled, bool learns) {
    const bool somewhere = pj_sockaddr_has_addr(&rtp) != PJ_FALSE;
    announced_ = address_ = rtp;
    announced_rtcp_ = pj_sockaddr_has_addr(&rtcp) ? rtcp : rtp;
    signalled_ = somewhere ? signalled : pj_sockaddr{};
    local_ = somewhere && is_local(rtp);
    announced_spoke_ = false;
    other_ = pj_sockaddr{};
    other_is_his_ = false;
    learn_until_ns_ = learns && somewhere ? now_ns() + kLearnWithinNs : 0;
    candidate_ = Candidate{};
}

bool Peer::hears(const pj_sockaddr& from, const void* packet, pj_ssize_t size) {
    if (is(announced_, from)) {  // whatever was believed instead was wrong
        announced_spoke_ = true;
        pj_sockaddr_cp(&address_, &from);
    } else if (is_his_other_address(from)) {
        if (!local_) pj_sockaddr_cp(&address_, &from);
    } else if (!is(address_, from)) {
        if (now_ns() > learn_until_ns_ || !candidate_.convinces(from, packet, size)) return false;
        pj_sockaddr_cp(&address_, &from);
    }
    learn_until_ns_ = 0;
    return true;
}

// Not beside another source that was heard: two streams at once are no caller.
bool Peer::is_his_other_address(const pj_sockaddr& from) {
    if (announced_spoke_ || !pj_sockaddr_has_addr(&announced_)) return false;
    if (pj_sockaddr_get_port(&from) != pj_sockaddr_get_port(&announced_)) return false;
    if (!is(other_, from)) {
        if (other_is_his_ && pj_sockaddr_has_addr(&other_)) return false;
        other_ = from;
        other_is_his_ = same_host(signalled_, from) || (local_ && is_local(from));
    }
    return other_is_his_ && (is(address_, announced_) || is(address_, other_));
}

bool Peer::hears_rtcp(const pj_sockaddr& from) const {
    return same_host(announced_rtcp_, from) || same_host(address_, from) || same_host(signalled_, from) ||
           (other_is_his_ && same_host(other_, from));
}

bool Peer::answered_at(const pj_sockaddr& address) const { return is(address_, address); }

bool Peer::answered_at_host_of(const pj_sockaddr& address) const { return same_host(address_, address); }

bool Peer::moved() const { return pj_sockaddr_cmp(&address_, &announced_) != 0; }

}  // namespace media
