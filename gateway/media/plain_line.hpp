// SPDX-License-Identifier: GPL-3.0-or-later
// The short way of a call's RTP where nobody encrypts it: between its socket and the source lock, past PJSIP's
// transports. These copy each packet, ask the adapter of SRTP, and take four locks on the way out and in.
//
// It is open while a stream is attached to a transport of UDP whose far end, in what was agreed upon last, names no key
// and no certificate (RFC 4568, RFC 5763): nothing can be encrypted then. Whatever else there is goes PJSIP's way.
//
// Threads: `agree`, `lead` and `cut` on the SIP thread; where a packet shows that the far end is elsewhere, `lead` on
// the one that packets come in on, which is the one that sends.

#pragma once

#include <pjmedia.h>

#include <atomic>
#include <cstddef>

namespace media {

// Whether the far end named nothing by which it could encrypt.
bool names_no_keys(const pjmedia_sdp_session* remote, unsigned index);

class PlainLine {
public:
    PlainLine() = default;
    PlainLine(const PlainLine&) = delete;
    PlainLine& operator=(const PlainLine&) = delete;

    // SIP thread: an offer and its answer, by which nothing is encrypted, or perhaps something.
    void agree(bool plain) noexcept { plain_.store(plain, std::memory_order_relaxed); }
    // From now on packets leave by the socket of that transport, to there. By none, where it is not simply one of UDP.
    void lead(pjmedia_transport* transport, const pj_sockaddr& to);
    void cut() noexcept { socket_ = -1; }

    // Whether packets that come in need nobody else, and the socket that they come in on; -1 if none.
    bool open() const noexcept { return socket_ >= 0 && plain_.load(std::memory_order_relaxed); }
    int socket() const noexcept { return socket_; }

    // False if the packet has not left: it is PJSIP's to send then.
    bool send(const void* packet, std::size_t size) const noexcept;

private:
    std::atomic<bool> plain_{false};
    int socket_ = -1;
    pj_sockaddr to_{};
    unsigned length_ = 0;  // of the address
};

}  // namespace media
