// SPDX-License-Identifier: GPL-3.0-or-later
// Makes up for narrowband sound that did not come, so that it is heard neither as a hole nor as a buzz.
//
// Speech repeats itself from one period of the voice to the next. A gap is filled with the last period, over and over
// (the idea of ITU-T G.711 appendix I). Where what follows the gap is known already, the repetition is drawn out or
// pushed together by so little that it arrives there in step, and its loudness goes from the one to the other. Else
// it fades within 60 ms, and what follows is blended in.
//
// The same makes a tick out of nothing, or one out of two, where a caller's clock is not ours.
//
// 8 kHz, or 16 (`kTimes` 2). Nothing here allocates or waits. Not thread-safe: the media thread's alone.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "fetch.hpp"

namespace media {

template <std::size_t kTimes>
class ConcealmentAt {
public:
    static constexpr std::size_t kTick = 160 * kTimes;

    // What was said; after a gap its beginning is blended with what the gap was filled with.
    void heard(std::int16_t* samples, std::size_t count) noexcept;

    // Fills a gap, or a further part of it. `next`: the sound that follows, if it is there, `ahead` samples.
    void fill(std::int16_t* out, std::size_t count, const std::int16_t* next, std::size_t ahead) noexcept;

    // The next two ticks in the time of one.
    void squeeze(const std::int16_t* two, std::int16_t* out) noexcept;

    // Asks for the memory that `heard` will need.
    void expect() const noexcept {
        fetch(past_.data(), sizeof past_);
        fetch_between(&oldest_, cycle_.data());
    }

    // Nothing of a gap's filling is left to be heard.
    bool silent() const noexcept { return gap_ >= kFaded; }

private:
    static constexpr std::size_t kShortest = 32 * kTimes;   // periods: 250 Hz; higher voices are taken several at a time
    static constexpr std::size_t kLongest = 160 * kTimes;   // 50 Hz
    static constexpr std::size_t kTemplate = 100 * kTimes;  // what is looked for in the past
    static constexpr std::size_t kPast = 3 * kLongest + kLongest / 4;
    static constexpr std::size_t kFull = 80 * kTimes;       // of a gap that is filled at full level
    static constexpr std::size_t kFaded = 480 * kTimes;     // after this there is silence
    static constexpr std::size_t kAligned = 80 * kTimes;    // samples of what follows that are met in step

    void begin_gap() noexcept;
    static std::size_t period_of(const std::array<float, kPast>& past) noexcept;
    void meet(std::size_t count, const std::int16_t* next, std::size_t ahead) noexcept;
    void lead_to(std::size_t count, const std::int16_t* next, std::size_t ahead) noexcept;
    float at(float place) const noexcept;
    float next_sample() noexcept;
    void remember(const std::int16_t* samples, std::size_t count) noexcept;
    std::array<float, kPast> past() const noexcept;

    std::array<std::int16_t, kPast> past_{};  // what was given last,
    std::size_t oldest_ = 0;                  // all around
    // Of a gap:
    std::size_t gap_ = 0;                // samples filled so far
    std::array<float, kPast> cycle_{};   // what is repeated: some periods
    std::size_t length_ = 0;             // of it
    std::size_t period_ = 0;
    float place_ = 0.0F;                 // in the cycle
    float step_ = 1.0F;                  // from one sample to the next
    float gain_ = 1.0F;
    float slope_ = 0.0F;                 // of the gain, a sample
    float error_ = 0.0F;                 // by which the first repetition misses the last sample, fading
    std::array<float, kTick> lead_{};    // what may have come before the sound that follows
    bool met_ = false;                   // what follows will be in step
};

using Concealment = ConcealmentAt<1>;

}  // namespace media
