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

namespace media {
namespace {

constexpr std::size_t kHalfLength = 24;        // samples of the lower rate to either side
constexpr double kCutoff = 3720.0 / 8000.0;    // of the lower rate: the middle of the slope
constexpr double kKaiserBeta = 7.5;            // -80 dB beyond the slope

// ThreadSanitizer is not ready yet when the processor is asked.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2,fma", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

// As wide as the widest registers; where they are narrower the compiler takes several.
using Lanes = float __attribute__((vector_size(32)));
constexpr std::size_t kLanes = sizeof(Lanes) / sizeof(float);
constexpr std::size_t kSums = 4;  // at a time: one addition need not wait for the one before

using Numbers = std::int32_t __attribute__((vector_size(32)));

// To the nearest number, within 16 bits: what is added leaves no room for the rest.
__attribute__((always_inline)) inline void round_off(Lanes& sums, Numbers& numbers) noexcept {
    constexpr float kShift = 12582912.0F;  // 1.5 * 2^23
    const Lanes most = Lanes{} + 32767.0F;
    const Lanes least = Lanes{} - 32768.0F;
    sums = sums > most ? most : sums;
    sums = sums < least ? least : sums;
    const Lanes shifted = sums + kShift;
    std::memcpy(&numbers, &shifted, sizeof numbers);
    numbers -= 0x4B400000;
}

// So many results of one filter, each a place further than the one before, `apart` from one another.
FOR_EACH_PROCESSOR
void filter(const float* samples, const Tap* taps, std::size_t count, std::int16_t* out, std::size_t apart, std::size_t rounds) {
    for (std::size_t round = 0; round < rounds; round += kSums * kLanes) {
        Lanes sums[kSums] = {};
        for (std::size_t k = 0; k < count; ++k) {
            const float* const in = samples + taps[k].place + round;
            for (std::size_t i = 0; i < kSums; ++i) {
                Lanes some;
                std::memcpy(&some, in + i * kLanes, sizeof some);
                sums[i] += some * taps[k].factor;
            }
        }
        for (std::size_t i = 0; i < kSums; ++i) {
            Numbers numbers;
            round_off(sums[i], numbers);
            std::int16_t* const some = out + (round + i * kLanes) * apart;
            for (std::size_t lane = 0; lane < kLanes; ++lane) some[lane * apart] = static_cast<std::int16_t>(numbers[lane]);
        }
    }
}

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
std::vector<double> lowpass(std::size_t ratio) {
    const auto half = static_cast<double>(kHalfLength * ratio);
    const double step = 2.0 * kCutoff / static_cast<double>(ratio);
    std::vector<double> taps(2 * kHalfLength * ratio + 1);
    for (std::size_t i = 0; i < taps.size(); ++i) {
        const double x = static_cast<double>(i) - half;
        const double angle = M_PI * step * x;
        const double window = bessel(kKaiserBeta * std::sqrt(std::max(0.0, 1.0 - x * x / (half * half))));
        taps[i] = (x == 0.0 ? 1.0 : std::sin(angle) / angle) * window;
    }
    const double sum = std::accumulate(taps.begin(), taps.end(), 0.0);
    for (double& tap : taps) tap /= sum;
    return taps;
}

// Samples of those that come in that a result is made of.
std::size_t reach_of(std::size_t up, std::size_t down) { return (2 * kHalfLength * std::max(up, down) + up) / up; }

Taps make_taps(std::size_t up, std::size_t down, std::size_t past, std::size_t row) {
    const std::vector<double> lowest = lowpass(std::max(up, down));
    Taps taps;
    for (std::size_t n = 0; n < up; ++n) {
        const std::size_t newest = past * down + n * down / up;
        for (std::size_t ago = 0; ago < reach_of(up, down); ++ago) {
            const std::size_t tap = n * down % up + ago * up;
            const std::size_t sample = newest - ago;
            const double factor = tap < lowest.size() ? lowest[tap] * static_cast<double>(up) : 0.0;
            taps.push_back(Tap{static_cast<float>(factor), sample % down * row + sample / down});
        }
    }
    return taps;
}

// Made once for all calls: each has six resamplers, and nothing of them takes longer to make.
std::shared_ptr<const Taps> shared_taps(std::size_t up, std::size_t down, std::size_t past, std::size_t row) {
    static std::mutex mutex;
    static std::map<std::array<std::size_t, 3>, std::shared_ptr<const Taps>> made;
    const std::lock_guard guard(mutex);
    std::shared_ptr<const Taps>& taps = made[{up, down, row}];
    if (taps == nullptr) taps = std::make_shared<const Taps>(make_taps(up, down, past, row));
    return taps;
}

}  // namespace

bool is_silent(const std::int16_t* samples, std::size_t count) noexcept {
    return std::all_of(samples, samples + count, [](std::int16_t sample) { return sample == 0; });
}

Resampler::Resampler(unsigned rate_in, unsigned rate_out) : tick_in_(rate_in / 50), tick_out_(rate_out / 50) {
    const unsigned common = std::gcd(rate_in, rate_out);
    up_ = rate_out / common;
    down_ = rate_in / common;
    if (rate_in == rate_out) return;
    const std::size_t rounds = tick_out_ / up_;
    past_ = (reach_of(up_, down_) - 1 + down_ - 1) / down_;
    samples_.assign(down_ * (past_ + rounds), 0.0F);
    taps_ = shared_taps(up_, down_, past_, past_ + rounds);
}

void Resampler::run(const std::int16_t* in, std::int16_t* out) noexcept {
    if (taps_ == nullptr) {
        std::copy_n(in, tick_in_, out);
        return;
    }
    const bool nothing = silent_ && is_silent(in, tick_in_);
    if (nothing) {
        std::fill_n(out, tick_out_, std::int16_t{0});
        return;
    }
    pass(in);
    const std::size_t rounds = tick_out_ / up_, reach = taps_->size() / up_;
    for (std::size_t n = 0; n < up_; ++n) filter(samples_.data(), taps_->data() + n * reach, reach, out + n, up_, rounds);
}

void Resampler::pass(const std::int16_t* in) noexcept {
    if (taps_ == nullptr) return;
    silent_ = past_ <= tick_in_ / down_ && is_silent(in, tick_in_);  // the filter reaches back a tick at most
    lay_out(in);
}

void Resampler::lay_out(const std::int16_t* in) noexcept {
    const std::size_t rounds = tick_in_ / down_, row = past_ + rounds;
    for (std::size_t n = 0; n < down_; ++n) {
        float* const samples = samples_.data() + n * row;
        std::copy_n(samples + rounds, past_, samples);
        for (std::size_t round = 0; round < rounds; ++round)
            samples[past_ + round] = static_cast<float>(in[round * down_ + n]);
    }
}

}  // namespace media
