// SPDX-License-Identifier: GPL-3.0-or-later
// Which pair of RTP ports the next call gets: the one that has been free the longest.
//
// What was sent to a call that is over may come late, and may not be heard in the next one: so a port rests for as
// many calls as there are others. Left to itself PJSIP goes round the range for each account apart, and gives up a
// call after a hundred ports in a row that are taken.
//
// The SIP thread's alone.

#pragma once

#include <cstdint>
#include <deque>

namespace media {

class RtpPorts {
public:
    // The even ports from `low` on whose odd neighbours are no higher than `high`.
    RtpPorts(unsigned low, unsigned high);

    // A call has got this one, be it `next` or another.
    void take(unsigned port);
    void give_back(unsigned port);
    // 0 if none is free.
    unsigned next() const noexcept { return !free_.empty() ? free_.front() : !foreign_.empty() ? foreign_.front() : 0; }

private:
    const unsigned low_;
    const unsigned high_;
    std::deque<unsigned> free_;     // the longest free first
    std::deque<unsigned> foreign_;  // somebody else's, when they were tried
};

}  // namespace media
