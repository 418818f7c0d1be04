// SPDX-License-Identifier: GPL-3.0-or-later
// What is spoken, the best first: by default, over a trunk, in a call. The call's own counts before the trunk's, that
// before the default. Each is as in an rtpmap, in capitals, without the one channel that goes without saying:
// PCMU/8000. The SIP thread's alone.

#pragma once

#include <pjmedia.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "line_of.hpp"

namespace sip {

using Codecs = std::vector<std::string>;

// G.711 at first. Forgets all trunks and calls.
void speak(Codecs codecs);
// An empty list takes back what was said before.
void speak_over(pjsua_acc_id account, Codecs codecs);
// In the call from now on; an empty list as above. False if an offer that waits for its answer has nothing of it.
bool speak_in(pjsua_call_id call, Codecs codecs);
// Leave of an offer that waits for its answer what is spoken in the call. The first offer of a call keeps all codecs
// until then: its plan has not been found yet when it comes. False if nothing is left.
bool settle(pjsua_call_id call);
// It is over.
void forget_spoken(pjsua_call_id call);

// What counts is this line's, as long as it lives; where there is no call yet, all that we can.
class SpokenOn {
public:
    explicit SpokenOn(const Line& line);
    ~SpokenOn();
    SpokenOn(const SpokenOn&) = delete;
    SpokenOn& operator=(const SpokenOn&) = delete;

private:
    const Codecs* before_;
};

constexpr std::size_t kUnspoken = SIZE_MAX;

// The place of a codec in what counts.
std::size_t rank(const std::string& name);
std::size_t rank(const pjmedia_sdp_rtpmap& map);
// Of a payload number of a stream: by its name, or by what it means without one (RFC 3551 section 6).
std::size_t rank(const pjmedia_sdp_media& media, const pj_str_t& format);

// The best first, as the first that PJSIP speaks is taken, and without the codecs that do not count here. What is no
// codec stays: keys, comfort noise.
void put_best_first(pjmedia_sdp_media& media);

}  // namespace sip
