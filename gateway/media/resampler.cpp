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

// Some registers' worth of results at a time, as one addition need not wait for the one before; where registers are
// narrower the compiler takes several. 160 results are a multiple of both.
struct Narrow {
    using Floats = float __attribute__((vector_size(32)));
    using Numbers = std::int32_t __attribute__((vector_size(32)));
    static constexpr std::size_t kCount = 4;
};
struct Wide {
    using Floats = float __attribute__((vector_size(64)));
    using Numbers = std::int32_t __attribute__((vector_size(64)));
    static constexpr std::size_t kCount = 5;
};

template <typename Registers>
struct Sums {
    using Lanes = typename Registers::Floats;
    using Numbers = typename Registers::Numbers;
    static constexpr std::size_t kRegisters = Registers::kCount;
    static constexpr std::size_t kLanes = sizeof(Lanes) / sizeof(float);
    static constexpr std::size_t kAll = kRegisters * kLanes;

    __attribute__((always_inline)) void add(const float* samples, const Tap* taps, std::size_t count) noexcept {
        for (std::size_t k = 0; k < count; ++k) {
            const float* const in = samples + taps[k].place;
            for (std::size_t i = 0; i < kRegisters; ++i) {
                Lanes some;
                std::memcpy(&some, in + i * kLanes, sizeof some);
                sums[i] += some * taps[k].factor;
            }
        }
    }

    // To the nearest number, within 16 bits: what is added leaves no room for the rest.
    __attribute__((always_inline)) void write(std::int16_t* out, std::size_t apart) noexcept {
        constexpr float kShift = 12582912.0F;  // 1.5 * 2^23
        const Lanes most = Lanes{} + 32767.0F;
        const Lanes least = Lanes{} - 32768.0F;
        for (Lanes& each : sums) {
            each = each > most ? most : each;
            each = each < least ? least : each;
            const Lanes shifted = each + kShift;
            Numbers numbers;
            std::memcpy(&numbers, &shifted, sizeof numbers);
            numbers -= 0x4B400000;
            for (std::size_t lane = 0; lane < kLanes; ++lane, out += apart) *out = static_cast<std::int16_t>(numbers[lane]);
        }
    }

    Lanes sums[kRegisters] = {};
};

template <typename Some>
__attribute__((always_inline)) inline void filter_with(const float* samples, const Taps& taps, std::size_t from, std::size_t count,
                                                       std::int16_t* out, std::size_t apart, std::size_t rounds) noexcept {
    for (std::size_t round = 0; round < rounds; round += Some::kAll) {
        Some some;
        some.add(samples + round, taps.data() + from, count);
        some.write(out + round * apart, apart);
    }
}

// So many results of one filter, each a place further than the one before, `apart` from one another. `from`: of the
// taps, `count` of which are its own.
FOR_EACH_PROCESSOR
void filter(const float* samples, const Taps& taps, std::size_t from, std::size_t count, std::int16_t* out, std::size_t apart,
            std::size_t rounds) {
    filter_with<Sums<Narrow>>(samples, taps, from, count, out, apart, rounds);
}

FOR_WIDE_REGISTERS
void filter_wide(const float* samples, const Taps& taps, std::size_t from, std::size_t count, std::int16_t* out, std::size_t apart,
                 std::size_t rounds) {
    filter_with<Sums<Wide>>(samples, taps, from, count, out, apart, rounds);
}

const auto best_filter = HAS_WIDE_REGISTERS ? &filter_wide : &filter;

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

Taps make_taps(const Shape& shape, std::size_t up, std::size_t down, std::size_t past, std::size_t row) {
    const std::vector<double> lowest = lowpass(shape, std::max(up, down));
    Taps taps;
    for (std::size_t n = 0; n < up; ++n) {
        const std::size_t newest = past * down + n * down / up;
        for (std::size_t ago = 0; ago < reach_of(shape, up, down); ++ago) {
            const std::size_t tap = n * down % up + ago * up;
            const std::size_t sample = newest - ago;
            const double factor = tap < lowest.size() ? lowest[tap] * static_cast<double>(up) : 0.0;
            taps.push_back(Tap{static_cast<float>(factor), sample % down * row + sample / down});
        }
    }
    return taps;
}

// Made once for all calls: each has six resamplers, and nothing of them takes longer to make.
std::shared_ptr<const Taps> shared_taps(const Shape& shape, std::size_t up, std::size_t down, std::size_t past, std::size_t row) {
    static std::mutex mutex;
    static std::map<std::array<std::size_t, 4>, std::shared_ptr<const Taps>> made;
    const std::lock_guard guard(mutex);
    std::shared_ptr<const Taps>& taps = made[{shape.half_length, up, down, row}];
    if (taps == nullptr) taps = std::make_shared<const Taps>(make_taps(shape, up, down, past, row));
    return taps;
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
    const unsigned common = std::gcd(rate_in, rate_out);
    up_ = rate_out / common;
    down_ = rate_in / common;
    if (rate_in == rate_out) return;
    const Shape& shape = shape_of(std::min(rate_in, rate_out));
    const std::size_t rounds = tick_out_ / up_;
    past_ = (reach_of(shape, up_, down_) - 1 + down_ - 1) / down_;
    taps_ = shared_taps(shape, up_, down_, past_, past_ + rounds);
}

void RateFilter::run(const std::int16_t* past, const std::int16_t* in, std::int16_t* out) const noexcept {
    if (taps_ == nullptr) {
        std::copy_n(in, tick_in_, out);
        return;
    }
    if (is_silent(past, this->past()) && is_silent(in, tick_in_)) {
        std::fill_n(out, tick_out_, std::int16_t{0});
        return;
    }
    std::array<float, kMostLaidOut> rows;
    lay_out(past, in, rows.data());
    const std::size_t rounds = tick_out_ / up_, reach = taps_->size() / up_;
    for (std::size_t n = 0; n < up_; ++n) best_filter(rows.data(), *taps_, n * reach, reach, out + n, up_, rounds);
}

void RateFilter::lay_out(const std::int16_t* past, const std::int16_t* in, float* rows) const noexcept {
    const std::size_t rounds = tick_in_ / down_;
    for (std::size_t n = 0; n < down_; ++n) {
        for (std::size_t round = 0; round < past_; ++round) *rows++ = static_cast<float>(past[round * down_ + n]);
        for (std::size_t round = 0; round < rounds; ++round) *rows++ = static_cast<float>(in[round * down_ + n]);
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
