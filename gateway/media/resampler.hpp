// SPDX-License-Identifier: GPL-3.0-or-later
// Another sample rate, tick by tick, without a gap: the form in which a call's sound changes between its line's rate
// and the model's, once each way.
//
// One linear-phase FIR filter in its polyphase form, 3 ms late: flat to 3.4 kHz where one of the rates is 8 kHz, images
// and aliases below -80 dB; flat to 7.5 kHz, and below -65 dB, where the lower one is 16. resample.py has the first for
// Python. soxr, better still on files, holds back 60-75 ms because its FFT works in blocks.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "fetch.hpp"

namespace media {

// Digital silence.
bool is_silent(const std::int16_t* samples, std::size_t count) noexcept;

struct Filter;  // in resampler.cpp

// From one rate to another, without memory of its own: whoever has the samples before a tick needs no `Resampler`.
class RateFilter {
public:
    // Rates are multiples of 8000 up to 48000. Equal ones cost and change nothing.
    RateFilter(unsigned rate_in, unsigned rate_out);

    std::size_t tick_in() const noexcept { return tick_in_; }    // samples in 20 ms
    std::size_t tick_out() const noexcept { return tick_out_; }
    // Samples before a tick that it reaches back to: none, to a tick of them.
    std::size_t past() const noexcept { return past_; }

    // One tick, and the samples before it. Neither allocates nor waits; `in` and `out` are not the same.
    void run(const std::int16_t* past, const std::int16_t* in, std::int16_t* out) const noexcept;

private:
    std::size_t tick_in_;
    std::size_t tick_out_;
    std::size_t past_ = 0;
    std::shared_ptr<const Filter> filter_;  // one for all between these rates; none: equal
};

class Resampler {
public:
    Resampler(unsigned rate_in, unsigned rate_out) : filter_(rate_in, rate_out), kept_(filter_.past()) {}

    std::size_t tick_in() const noexcept { return filter_.tick_in(); }
    std::size_t tick_out() const noexcept { return filter_.tick_out(); }

    // One tick, as above.
    void run(const std::int16_t* in, std::int16_t* out) noexcept;
    // The same, where nobody wants to hear what comes out.
    void pass(const std::int16_t* in) noexcept;
    // Asks for the memory of what came before.
    void expect() const noexcept { fetch(kept_.data(), kept_.size() * sizeof(std::int16_t)); }
    // Nothing of what came before can be heard any more.
    bool silent() const noexcept { return silent_; }

private:
    RateFilter filter_;
    // All that is kept between two ticks: a hundred calls' memory is not the cache's.
    std::vector<std::int16_t> kept_;
    bool silent_ = true;  // the whole tick before
};

}  // namespace media
