// SPDX-License-Identifier: GPL-3.0-or-later
// Callers' packets are read by the media thread itself, at each tick and before anybody is heard: what has come to a
// call's socket since the last tick in one system call, or as much of it as can be due. Of a hundred calls 5 000 packets come in a second; a thread that
// wakes for each, asks which it is and reads it costs more than all that is done with them.
//
// When a packet came is known from the system, to the microsecond, however late it is read.
//
// RTP alone: RTCP is rare and is left to PJSIP's queue, which is asked once a tick. Before a reader is started, and
// after, PJSIP has a thread of its own for both.

#pragma once

#include <pjmedia.h>

#include <cstdint>
#include <memory>

#include "roster.hpp"
#include "rtp_socket.hpp"

namespace media {

class PacketReader {
public:
    PacketReader() = default;
    ~PacketReader() { stop(); }
    PacketReader(const PacketReader&) = delete;
    PacketReader& operator=(const PacketReader&) = delete;

    // ---- SIP thread

    // From now on calls' packets come in `read`, and nowhere else.
    void start(pjmedia_endpt* endpoint);
    void stop() noexcept;  // when nobody is in `read`; idempotent
    // Packets of a socket that is read here are offered to somebody before they are to PJSIP, until PJSIP wants no more.
    static void pass_on(int socket, const Straight& straight) noexcept;
    // Packets of a socket that is read here are somebody else's to read, until PJSIP wants no more. False if it is not.
    static bool leave(int socket) noexcept;

    // ---- media thread

    void read() noexcept;

private:
    void ask_queue() noexcept;

    pj_ioqueue_t* queue_ = nullptr;
    std::shared_ptr<Roster<RtpSocket>> sockets_;
    Datagrams datagrams_;
};

}  // namespace media
