// SPDX-License-Identifier: GPL-3.0-or-later
#include "concealment.hpp"

#include <algorithm>
#include <cmath>

namespace media {
namespace {

std::int16_t sample(float value) noexcept {
    return static_cast<std::int16_t>(std::lrint(std::clamp(value, -32768.0F, 32767.0F)));
}

// By which an error fades from one sample to the next.
template <std::size_t kTimes>
constexpr float kLess = kTimes == 1 ? 0.9F : 0.95F;

// From 0 to 1, smoothly.
float rising(std::size_t part, std::size_t whole) noexcept {
    const float linear = static_cast<float>(part) / static_cast<float>(whole);
    return linear;
}

// How alike two pieces are, -1 to 1; softness on both sides counts as none.
template <typename One, typename Other>
float likeness(const One* one, const Other* other, std::size_t count) noexcept {
    float both = 0.0F;
    float first = 0.0F;
    float second = 0.0F;
    for (std::size_t i = 0; i < count; ++i) {
        const auto a = static_cast<float>(one[i]);
        const auto b = static_cast<float>(other[i]);
        both += a * b;
        first += a * a;
        second += b * b;
    }
    return both / std::sqrt(first * second + 1.0F);
}

}  // namespace

template <std::size_t kTimes>
void ConcealmentAt<kTimes>::remember(const std::int16_t* samples, std::size_t count) noexcept {
    if (count > kPast) samples += count - kPast;
    count = std::min(count, kPast);
    const std::size_t first = std::min(count, kPast - oldest_);
    std::copy_n(samples, first, past_.begin() + static_cast<std::ptrdiff_t>(oldest_));
    std::copy_n(samples + first, count - first, past_.begin());
    oldest_ = (oldest_ + count) % kPast;
}

// The newest at the end.
template <std::size_t kTimes>
auto ConcealmentAt<kTimes>::past() const noexcept -> std::array<float, kPast> {
    std::array<float, kPast> past;
    const auto oldest = past_.begin() + static_cast<std::ptrdiff_t>(oldest_);
    std::copy(past_.begin(), oldest, std::copy(oldest, past_.end(), past.begin()));
    return past;
}

template <std::size_t kTimes>
void ConcealmentAt<kTimes>::heard(std::int16_t* samples, std::size_t count) noexcept {
    if (gap_ > 0) {
        const std::size_t wanted = met_ ? 24 * kTimes : std::min<std::size_t>(32 * kTimes + gap_ / 5, 80 * kTimes);
        const std::size_t blended = std::min(wanted, count);
        slope_ = 0.0F;
        for (std::size_t i = 0; i < blended; ++i) {
            const float weight = static_cast<float>(i + 1) / static_cast<float>(blended + 1);
            samples[i] = sample((1.0F - weight) * next_sample() + weight * static_cast<float>(samples[i]));
        }
        gap_ = 0;
    }
    remember(samples, count);
}

// ------------------------------------------------------------------------------------------------ a gap

template <std::size_t kTimes>
void ConcealmentAt<kTimes>::fill(std::int16_t* out, std::size_t count, const std::int16_t* next, std::size_t ahead) noexcept {
    if (gap_ == 0) begin_gap();
    met_ = next != nullptr && ahead >= kAligned && count <= kTick;
    if (met_) {
        meet(count, next, ahead);
        lead_to(count, next, ahead);
    }
    for (std::size_t i = 0; i < count; ++i, ++gap_) {
        if (!met_) slope_ = gap_ < kFull ? 0.0F : -1.0F / static_cast<float>(kFaded - kFull);
        const float made = next_sample();
        const float weight = met_ ? rising(i + 1, count + 1) : 0.0F;
        out[i] = sample(met_ ? (1.0F - weight) * made + weight * lead_[i] : made);
    }
    remember(out, count);
}

// What may have come before the sound that follows: its own first period, over and over.
template <std::size_t kTimes>
void ConcealmentAt<kTimes>::lead_to(std::size_t count, const std::int16_t* next, std::size_t ahead) noexcept {
    std::size_t length = std::min<std::size_t>(period_, ahead);
    float most = 0.4F;
    for (std::size_t lag = kShortest; lag + kShortest <= ahead && lag <= kLongest; ++lag) {
        const float alike = likeness(next, next + lag, std::min<std::size_t>(ahead - lag, kAligned));
        if (alike <= most) continue;
        most = alike;
        length = lag;
    }
    const std::size_t seam = std::min(length / 4, ahead - length);
    float error = seam > 0 ? static_cast<float>(next[0] - next[length]) : 0.0F;
    for (std::size_t back = 1; back <= count; ++back) {
        const std::size_t at = (length * count - back) % length;
        float made = static_cast<float>(next[at]);
        if (at < seam) {
            const float weight = static_cast<float>(at + 1) / static_cast<float>(seam + 1);
            made = weight * made + (1.0F - weight) * static_cast<float>(next[length + at]);
        }
        lead_[count - back] = made + error;
        error *= kLess<kTimes>;
    }
}

// Begins with the last period; those before it follow, so that it does not buzz. The end of the cycle is made to lead
// to its beginning.
template <std::size_t kTimes>
void ConcealmentAt<kTimes>::begin_gap() noexcept {
    const std::array<float, kPast> past = this->past();
    const float* const end = past.data() + kPast;
    period_ = period_of(past);
    const std::size_t periods = std::clamp<std::size_t>((kTick + period_ - 1) / period_, 1, 3);
    length_ = periods * period_;
    std::copy(end - length_, end, cycle_.begin());
    const std::size_t seam = period_ / 4;
    for (std::size_t i = 0; i < seam; ++i) {
        const float weight = static_cast<float>(i + 1) / static_cast<float>(seam + 1);
        float& blended = cycle_[length_ - seam + i];
        blended = (1.0F - weight) * blended + weight * *(end - length_ - seam + i);
    }
    place_ = static_cast<float>(length_ - period_);
    step_ = gain_ = 1.0F;
    slope_ = 0.0F;
    error_ = end[-1] - end[-1 - static_cast<std::ptrdiff_t>(period_)];
}

// The lag at which the last sound is most like what came before it.
template <std::size_t kTimes>
std::size_t ConcealmentAt<kTimes>::period_of(const std::array<float, kPast>& past) noexcept {
    const float* const recent = past.data() + (kPast - kTemplate);
    std::size_t best = kLongest;
    float most = -1.0F;
    for (std::size_t lag = kShortest; lag <= kLongest; ++lag) {
        const float alike = likeness(recent, recent - lag, kTemplate);
        if (alike > most) {
            most = alike;
            best = lag;
        }
    }
    return best;
}

// Draws the rest of the gap out, or pushes it together, so that it ends in step with what follows, and as loud.
template <std::size_t kTimes>
void ConcealmentAt<kTimes>::meet(std::size_t count, const std::int16_t* next, std::size_t ahead) noexcept {
    const std::size_t looked_at = std::min<std::size_t>(ahead, kAligned);
    const int most = static_cast<int>(std::min<std::size_t>(period_ / 2, count / 4));
    std::array<float, kAligned> end;
    float best = 0.3F;
    int shift = 0;
    float energy = 0.0F;
    for (int tried = -most; tried <= most; ++tried) {
        float sum = 0.0F;
        for (std::size_t i = 0; i < looked_at; ++i) {
            end[i] = at(place_ + static_cast<float>(count + i) + static_cast<float>(tried));
            sum += end[i] * end[i];
        }
        if (tried == 0 && energy == 0.0F) energy = sum;
        const float alike = likeness(end.data(), next, looked_at);
        if (alike <= best) continue;
        best = alike;
        shift = tried;
        energy = sum;
    }
    float wanted = 0.0F;
    for (std::size_t i = 0; i < looked_at; ++i) wanted += static_cast<float>(next[i]) * static_cast<float>(next[i]);
    const float final_gain = std::clamp(std::sqrt((wanted + 1.0F) / (energy + 1.0F)), 0.0F, 1.5F);
    step_ = (static_cast<float>(count) + static_cast<float>(shift)) / static_cast<float>(count);
    slope_ = (final_gain - gain_) / static_cast<float>(count);
}

template <std::size_t kTimes>
float ConcealmentAt<kTimes>::at(float place) const noexcept {
    const auto whole = static_cast<std::size_t>(place);
    const float part = place - static_cast<float>(whole);
    const float one = cycle_[whole % length_];
    return part == 0.0F ? one : one + part * (cycle_[(whole + 1) % length_] - one);
}

template <std::size_t kTimes>
float ConcealmentAt<kTimes>::next_sample() noexcept {
    const float made = (at(place_) + error_) * gain_;
    place_ += step_;
    if (place_ >= static_cast<float>(length_)) place_ -= static_cast<float>(length_);
    gain_ = std::max(gain_ + slope_, 0.0F);
    error_ *= kLess<kTimes>;
    return made;
}

// ------------------------------------------------------------------------------------------ a tick less

template <std::size_t kTimes>
void ConcealmentAt<kTimes>::squeeze(const std::int16_t* two, std::int16_t* out) noexcept {
    constexpr std::size_t kFrom = 40 * kTimes;
    constexpr std::size_t kLeast = 120 * kTimes;
    constexpr std::size_t kMost = 200 * kTimes;
    std::size_t cut = kTick;
    float most = likeness(two + kFrom, two + kFrom + kTick, kAligned);
    for (std::size_t tried = kLeast; tried <= kMost; ++tried) {
        const float alike = likeness(two + kFrom, two + kFrom + tried, kAligned);
        if (alike <= most) continue;
        most = alike;
        cut = tried;
    }
    std::array<float, 2 * kTick> left;
    const std::size_t length = 2 * kTick - cut;
    for (std::size_t i = 0; i < length; ++i) {
        const std::size_t into = i < kFrom ? 0 : std::min(i - kFrom, kAligned);
        const float weight = static_cast<float>(into) / static_cast<float>(kAligned);
        left[i] = (1.0F - weight) * static_cast<float>(two[i]) + weight * static_cast<float>(two[std::min(i + cut, 2 * kTick - 1)]);
    }
    for (std::size_t i = 0; i < kTick; ++i) {
        const float place = static_cast<float>(i) * static_cast<float>(length) / static_cast<float>(kTick);
        const auto whole = static_cast<std::size_t>(place);
        const float after = left[std::min(whole + 1, length - 1)];
        out[i] = sample(left[whole] + (place - static_cast<float>(whole)) * (after - left[whole]));
    }
    heard(out, kTick);
}

template class ConcealmentAt<1>;
template class ConcealmentAt<2>;

}  // namespace media
