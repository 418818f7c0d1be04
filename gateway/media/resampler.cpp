// SPDX-License-Identifier: GPL-3.0-or-later
#include "resampler.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>

#include "processors.hpp"

namespace media {
namespace {

// Of a filter, by the lower of its rates.
struct Shape {
    std::size_t half_length;  // samples of that rate to either side
    double cutoff;            // of it: the middle of the slope
    double kaiser_beta;       // -80 dB beyond the slope at 7.5, -65 dB at 6
};

// Where there are 8 kHz, there is G.711, whose band ends at 3.4 kHz. Of wideband each 100 Hz below 8 kHz is heard.
constexpr Shape kNarrow = {24, 3720.0 / 8000.0, 7.5};
constexpr Shape kWide = {48, 7750.0 / 16'000.0, 6.0};

constexpr const Shape& shape_of(unsigned lower_rate) noexcept { return lower_rate == 16'000 ? kWide : kNarrow; }

using Floats = float __attribute__((vector_size(32)));
using Numbers = std::int32_t __attribute__((vector_size(32)));
constexpr std::size_t kLanes = sizeof(Floats) / sizeof(float);

// Ten registers of results at a time, as one addition need not wait for the one before. What is loaded is multiplied with
// three taps, a register's width apart: most loads cross a line of the cache, and take longer than a multiplication.
class Sums {
public:
    static constexpr std::size_t kRegisters = 10;
    static constexpr std::size_t kAll = kRegisters * kLanes;  // a part of 160

    // What so many taps in a row make of samples, the first result of those that begin here.
    __attribute__((always_inline)) void add(const float* samples, const float* taps, std::size_t count) noexcept {
        for (; count >= kTogether * kLanes; count -= kTogether * kLanes) {
            for (std::size_t lane = 0; lane < kLanes; ++lane) add_apart(samples++, taps++);
            samples += (kTogether - 1) * kLanes;
            taps += (kTogether - 1) * kLanes;
        }
        for (; count > 0; --count, ++samples, ++taps)
            for (std::size_t i = 0; i < kRegisters; ++i) {
                Floats some;
                std::memcpy(&some, samples + i * kLanes, sizeof some);
                sums_[i] += some * *taps;
            }
    }

    // To the nearest number, within 16 bits: what is added leaves no room for the rest.
    __attribute__((always_inline)) void write(std::int16_t* out) noexcept {
        constexpr float kShift = 12582912.0F;  // 1.5 * 2^23
        const Floats most = Floats{} + 32767.0F;
        const Floats least = Floats{} - 32768.0F;
        for (Floats& each : sums_) {
            each = each > most ? most : each;
            each = each < least ? least : each;
            const Floats shifted = each + kShift;
            Numbers numbers;
            std::memcpy(&numbers, &shifted, sizeof numbers);
            numbers -= 0x4B400000;
            for (std::size_t lane = 0; lane < kLanes; ++lane) *out++ = static_cast<std::int16_t>(numbers[lane]);
        }
    }

private:
    static constexpr std::size_t kTogether = 3;  // taps

    __attribute__((always_inline)) void add_apart(const float* samples, const float* taps) noexcept {
#pragma GCC unroll 16
        for (std::size_t i = 0; i < kRegisters + kTogether - 1; ++i) {
            Floats some;
            std::memcpy(&some, samples + i * kLanes, sizeof some);
#pragma GCC unroll 16
            for (std::size_t k = 0; k < kTogether; ++k)
                if (i >= k && i - k < kRegisters) sums_[i - k] += some * taps[k * kLanes];
        }
    }

    Floats sums_[kRegisters] = {};
};

// Of every `apart` samples the first ones in one row, the second ones in the next, as floats.
__attribute__((always_inline)) inline void deinterleaved(const std::int16_t* in, std::size_t rounds, std::size_t apart, float* row,
                                                         std::size_t length) noexcept {
    for (std::size_t round = 0; round < rounds; ++round)
        for (std::size_t n = 0; n < apart; ++n) row[n * length + round] = static_cast<float>(in[round * apart + n]);
}

// And back again, of results.
__attribute__((always_inline)) inline void interleaved(const std::int16_t* row, std::size_t rounds, std::size_t apart,
                                                       std::int16_t* out) noexcept {
    for (std::size_t round = 0; round < rounds; ++round)
        for (std::size_t n = 0; n < apart; ++n) out[round * apart + n] = row[n * rounds + round];
}

// A compiler makes vectors of both where it knows how many rows there are.
__attribute__((always_inline)) inline void deinterleave(const std::int16_t* in, std::size_t rounds, std::size_t apart, float* row,
                                                        std::size_t length) noexcept {
    if (apart == 1) return deinterleaved(in, rounds, 1, row, length);
    if (apart == 3) return deinterleaved(in, rounds, 3, row, length);
    deinterleaved(in, rounds, apart, row, length);
}

__attribute__((always_inline)) inline void interleave(const std::int16_t* row, std::size_t rounds, std::size_t apart,
                                                      std::int16_t* out) noexcept {
    if (apart == 3) return interleaved(row, rounds, 3, out);
    interleaved(row, rounds, apart, out);
}

}  // namespace

// A tick is 160 rounds, or a multiple, of `down` samples in and `up` samples out. The n-th samples of all rounds are made
// at once, by one filter that moves a place a round: for that what comes in is deinterleaved into `down` rows, the past
// ones first.
struct Filter {
    // What a sample is made of in one row: from where on in the first round, and with which of the taps.
    struct Part {
        std::size_t place, first, count;
    };

    std::size_t up, down, past, rounds;  // `past` of them are before the tick
    std::vector<float> taps;
    std::vector<Part> parts;  // `down` for each sample of a round
};

namespace {

constexpr std::size_t kMost = 1280;  // samples in all rows, or results

__attribute__((always_inline)) inline void run_all(const Filter& filter, const std::int16_t* past, const std::int16_t* in,
                                                   std::int16_t* out) noexcept {
    alignas(64) std::array<float, kMost> rows;
    std::array<std::int16_t, kMost> made;
    const std::size_t length = filter.past + filter.rounds;
    deinterleave(past, filter.past, filter.down, rows.data(), length);
    deinterleave(in, filter.rounds, filter.down, rows.data() + filter.past, length);
    std::int16_t* const row = filter.up == 1 ? out : made.data();
    for (std::size_t n = 0; n < filter.up; ++n) {
        const Filter::Part* const parts = filter.parts.data() + n * filter.down;
        for (std::size_t round = 0; round < filter.rounds; round += Sums::kAll) {
            Sums some;
            for (std::size_t k = 0; k < filter.down; ++k)
                some.add(rows.data() + parts[k].place + round, filter.taps.data() + parts[k].first, parts[k].count);
            some.write(row + n * filter.rounds + round);
        }
    }
    if (filter.up > 1) interleave(row, filter.rounds, filter.up, out);
}

void run(const Filter& filter, const std::int16_t* past, const std::int16_t* in, std::int16_t* out) {
    run_all(filter, past, in, out);
}

FOR_FUSED_SUMS
void run_fused(const Filter& filter, const std::int16_t* past, const std::int16_t* in, std::int16_t* out) {
    run_all(filter, past, in, out);
}

const auto best_run = HAS_FUSED_SUMS ? &run_fused : &run;

// The modified Bessel function of order 0, by its series.
double bessel(double x) {
    double sum = 1.0, term = 1.0;
    for (int k = 1; term > sum * 1e-12; ++k) {
        term *= x / (2.0 * k) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

// A windowed sinc of unity gain, at `ratio` times the lower rate.
std::vector<double> lowpass(const Shape& shape, std::size_t ratio) {
    const auto half = static_cast<double>(shape.half_length * ratio);
    const double step = 2.0 * shape.cutoff / static_cast<double>(ratio);
    std::vector<double> taps(2 * shape.half_length * ratio + 1);
    for (std::size_t i = 0; i < taps.size(); ++i) {
        const double x = static_cast<double>(i) - half;
        const double angle = M_PI * step * x;
        const double window = bessel(shape.kaiser_beta * std::sqrt(std::max(0.0, 1.0 - x * x / (half * half))));
        taps[i] = (x == 0.0 ? 1.0 : std::sin(angle) / angle) * window;
    }
    const double sum = std::accumulate(taps.begin(), taps.end(), 0.0);
    for (double& tap : taps) tap /= sum;
    return taps;
}

// Samples of those that come in that a result is made of.
std::size_t reach_of(const Shape& shape, std::size_t up, std::size_t down) {
    return (2 * shape.half_length * std::max(up, down) + up) / up;
}

Filter make_filter(const Shape& shape, std::size_t up, std::size_t down, std::size_t rounds) {
    const std::vector<double> lowest = lowpass(shape, std::max(up, down));
    const std::size_t reach = reach_of(shape, up, down), past = (reach - 1 + down - 1) / down;
    Filter filter{up, down, past, rounds, {}, {}};
    for (std::size_t n = 0; n < up; ++n) {
        const std::size_t newest = past * down + n * down / up;
        for (std::size_t row = 0; row < down; ++row) {
            Filter::Part part{0, filter.taps.size(), 0};
            for (std::size_t sample = newest + 1 - reach; sample <= newest; ++sample) {
                const std::size_t tap = n * down % up + (newest - sample) * up;
                if (sample % down != row || tap >= lowest.size()) continue;
                if (part.count++ == 0) part.place = row * (past + rounds) + sample / down;
                filter.taps.push_back(static_cast<float>(lowest[tap] * static_cast<double>(up)));
            }
            filter.parts.push_back(part);
        }
    }
    return filter;
}

// Made once for all calls: each has six resamplers, and nothing of them takes longer to make.
std::shared_ptr<const Filter> shared_filter(const Shape& shape, std::size_t up, std::size_t down, std::size_t rounds) {
    static std::mutex mutex;
    static std::map<std::array<std::size_t, 4>, std::shared_ptr<const Filter>> made;
    const std::lock_guard guard(mutex);
    std::shared_ptr<const Filter>& filter = made[{shape.half_length, up, down, rounds}];
    if (filter == nullptr) filter = std::make_shared<const Filter>(make_filter(shape, up, down, rounds));
    return filter;
}

}  // namespace

// A stretch at a time, which makes vectors of it; sound is mostly known by its first.
bool is_silent(const std::int16_t* samples, std::size_t count) noexcept {
    constexpr std::size_t kStretch = 80;
    for (std::size_t begin = 0; begin < count; begin += kStretch) {
        unsigned any = 0;
        const std::size_t end = std::min(begin + kStretch, count);
        for (std::size_t i = begin; i < end; ++i) any |= static_cast<std::uint16_t>(samples[i]);
        if (any != 0) return false;
    }
    return true;
}

RateFilter::RateFilter(unsigned rate_in, unsigned rate_out) : tick_in_(rate_in / 50), tick_out_(rate_out / 50) {
    if (rate_in == rate_out) return;
    const unsigned common = std::gcd(rate_in, rate_out), up = rate_out / common;
    filter_ = shared_filter(shape_of(std::min(rate_in, rate_out)), up, rate_in / common, tick_out_ / up);
    past_ = filter_->past * filter_->down;
}

void RateFilter::run(const std::int16_t* past, const std::int16_t* in, std::int16_t* out) const noexcept {
    if (filter_ == nullptr) {
        std::copy_n(in, tick_in_, out);
    } else if (is_silent(past, past_) && is_silent(in, tick_in_)) {
        std::fill_n(out, tick_out_, std::int16_t{0});
    } else {
        best_run(*filter_, past, in, out);
    }
}

void Resampler::run(const std::int16_t* in, std::int16_t* out) noexcept {
    if (silent_ && is_silent(in, tick_in())) {
        std::fill_n(out, tick_out(), std::int16_t{0});
        return;
    }
    filter_.run(kept_.data(), in, out);
    pass(in);
}

void Resampler::pass(const std::int16_t* in) noexcept {
    const bool nothing = is_silent(in, tick_in());
    if (kept_.empty() || (silent_ && nothing)) return;
    silent_ = nothing;
    std::copy_n(in + tick_in() - kept_.size(), kept_.size(), kept_.data());
}

}  // namespace media
