// SPDX-License-Identifier: GPL-3.0-or-later
// Tells PJSIP where one key ends and the next begins (RFC 4733 section 2.5).
//
// PJSIP takes a packet for a key of its own if it names another one, or has lasted shorter than the packet before.
// Of a key that is pressed twice it misses the second press where all packets say one duration, as gateways write
// them that only learn of a key when it is over; or where the first packets of a press were lost. Here the marker
// with another timestamp begins a key as well, and each press has one duration, less than that of the press before.
//
// Threads: `come_as` on the SIP thread, `tell_apart` on the thread that packets come in on.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace media {

class KeyEvents {
public:
    // The payload type of events, negative if there is none.
    void come_as(int payload_type) noexcept { type_.store(payload_type, std::memory_order_relaxed); }

    // Rewrites the duration in a packet of RTP that carries an event; leaves others as they are.
    void tell_apart(void* rtp, std::ptrdiff_t size) noexcept;

private:
    struct Event {
        int key = -1;
        bool marked = false;
        std::uint16_t number = 0;  // of the packet
        std::uint32_t timestamp = 0;
        std::uint32_t source = 0;
        std::uint16_t duration = 0;
    };
    static Event read(const std::uint8_t* rtp, const std::uint8_t* payload) noexcept;
    bool begins(const Event& event) const noexcept;

    std::atomic<int> type_{-1};
    Event before_;
    std::uint16_t written_ = 0;  // duration
};

}  // namespace media
