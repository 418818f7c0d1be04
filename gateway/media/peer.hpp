// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a call takes for its caller, by where his packets come from, and where he is answered.
//
// Right is the address that his SDP names. A softphone on our own machine names the address of an interface
// and sends from 127.0.0.1, as the system chooses. So his host's other addresses are right as well, at the
// announced port (RFC 4961: a peer sends from where it receives), until the announced address is heard: the
// one that the INVITE came from, and where he named one of this machine, all of this machine's. Where he named
// another's he is answered there, too: a router may leave ports as they are.
//
// A caller behind a NAT cannot know its public address, and names one that never sends ("hosted NAT", RFC
// 7362). A peer that learns gives such a call one chance: while nothing has come from a right address, the
// first other source that sends a few packets in a row, as one stream, is taken for the caller, both to
// listen to and to send to. Should the announced address speak up later it is right after all; nobody else
// ever is. Not learning is right behind a session border controller or rtpengine.
//
// Threads: `announce` on the SIP thread, while no packet comes in; the others where packets do.

#pragma once

#include <pjlib.h>

#include <cstdint>
#include <cstring>

namespace media {

// To the bit: cheaper than PJSIP's comparison, and once for each packet.
inline bool is_same(const pj_sockaddr& one, const pj_sockaddr& other) noexcept {
    const bool four = one.addr.sa_family == pj_AF_INET();
    return std::memcmp(&one, &other, four ? sizeof one.ipv4 : sizeof one) == 0;
}

// How an address is seen from a socket of that family, as PJSIP's UDP transport does it: an IPv4 peer behind NAT64 has
// an IPv6 address there (RFC 6052).
pj_sockaddr seen_from(int family, const pj_sockaddr& address);

// Recognises one stream among strangers: so many packets from one address, of one SSRC, numbered one after
// another (RFC 3550 appendix A.1 asks for 2 to believe in a source; here money hangs on it).
class Candidate {
public:
    // True when the packet completes the proof.
    bool convinces(const pj_sockaddr& from, const void* packet, pj_ssize_t size);

private:
    static constexpr int kProof = 5;  // 100 ms

    pj_sockaddr address_{};
    pj_uint32_t ssrc_ = 0;
    pj_uint16_t number_ = 0;
    int in_a_row_ = 0;
};

class Peer {
public:
    // What the SDP names, and the host that the message with it came from (no address: not known). Without
    // an address, on hold (RFC 3264 section 8.4), there is nobody to hear or to learn.
    void announce(const pj_sockaddr& rtp, const pj_sockaddr& rtcp, const pj_sockaddr& signalled, bool learns);

    // Whether a packet is the caller's. He may have to be answered elsewhere from now on: see `address`.
    bool hears(const pj_sockaddr& from, const void* packet, pj_ssize_t size);
    // RTCP may come from any port; RFC 3605 even lets another host send it, if it was negotiated.
    bool hears_rtcp(const pj_sockaddr& from) const;

    // Where he is answered.
    const pj_sockaddr& address() const { return address_; }
    bool answered_at(const pj_sockaddr& address) const;
    bool answered_at_host_of(const pj_sockaddr& address) const;
    bool moved() const;  // answered elsewhere than announced

private:
    bool is_his_other_address(const pj_sockaddr& from);

    pj_sockaddr announced_{};
    pj_sockaddr announced_rtcp_{};
    pj_sockaddr signalled_{};
    pj_sockaddr address_{};
    bool local_ = false;            // announced is an address of this machine
    bool announced_spoke_ = false;
    pj_sockaddr other_{};           // the last one looked at, as the system has to be asked
    bool other_is_his_ = false;
    std::int64_t learn_until_ns_ = 0;
    Candidate candidate_;
};

}  // namespace media
