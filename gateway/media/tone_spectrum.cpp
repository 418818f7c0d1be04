// SPDX-License-Identifier: GPL-3.0-or-later
#include "tone_spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace media {
namespace {

constexpr std::size_t kBins = ToneSpectrum::kBins;
constexpr std::size_t kHalf = kVoiceSamples;
constexpr std::size_t kWindow = 2 * kHalf;
constexpr std::size_t kFirst = 9;      // bin; the one beside the lowest that is looked at
constexpr float kStep = 25.0F;         // Hz from one to the next
constexpr float kSoftest = 1.6e4F;     // energy of a sample in the mean: -42 dBm0
constexpr float kWeights = 120.0F;     // of the window, squared, in sum
constexpr float kAlone = 0.9F;         // part of the energy that a tone, or two, hold
constexpr float kBeating = 0.95F;      // and two that beat, over a wider stretch
constexpr float kTwist = 0.06F;        // how much softer the second of two may be: 12 dB
constexpr float kOff = 25.0F;          // Hz by which a network may miss

struct Waves {
    std::array<std::array<float, kBins>, kHalf> cosine;
    std::array<std::array<float, kBins>, kHalf> sine;
    std::array<float, kHalf> rising;
    std::array<float, kHalf> falling;

    Waves() {
        constexpr double kPi = 3.14159265358979323846;
        const double turn = 2.0 * kPi / static_cast<double>(kWindow);
        std::array<double, kWindow> circle;
        for (std::size_t i = 0; i < kWindow; ++i) circle[i] = std::cos(turn * static_cast<double>(i));
        for (std::size_t i = 0; i < kHalf; ++i) {
            for (std::size_t bin = 0; bin < kBins; ++bin) {
                const std::size_t angle = i * (kFirst + bin) % kWindow;
                cosine[i][bin] = static_cast<float>(circle[angle]);
                sine[i][bin] = static_cast<float>(-circle[(angle + 3 * kWindow / 4) % kWindow]);
            }
            const double up = 0.5 - 0.5 * circle[i];
            const double down = 0.5 - 0.5 * circle[i + kHalf];
            rising[i] = static_cast<float>(up * up);
            falling[i] = static_cast<float>(down * down);
        }
    }
};

const Waves kWaves;

using Powers = std::array<float, kBins>;

float sum(const Powers& powers, std::size_t from, std::size_t to) noexcept {
    float total = 0.0F;
    for (std::size_t bin = from; bin <= to && bin < kBins; ++bin) total += powers[bin];
    return total;
}

float around(const Powers& powers, std::size_t bin, std::size_t reach) noexcept {
    return sum(powers, bin - std::min(bin, reach), bin + reach);
}

float hertz_around(const Powers& powers, std::size_t bin, std::size_t reach) noexcept {
    float weighted = 0.0F;
    float total = 1e-9F;
    for (std::size_t at = bin - std::min(bin, reach); at <= bin + reach && at < kBins; ++at) {
        weighted += powers[at] * static_cast<float>(kFirst + at);
        total += powers[at];
    }
    return kStep * weighted / total;
}

std::size_t highest(const Powers& powers) noexcept {
    return static_cast<std::size_t>(std::max_element(powers.begin(), powers.end()) - powers.begin());
}

// The highest but for those around `but`.
std::size_t second(const Powers& powers, std::size_t but) noexcept {
    Powers others = powers;
    for (std::size_t bin = but - std::min<std::size_t>(but, 2); bin <= but + 2 && bin < kBins; ++bin) others[bin] = 0.0F;
    return highest(others);
}

ToneWindow::Kind pair_of(float one, float other) noexcept {
    const auto [low, high] = std::minmax(one, other);
    const auto near = [](float found, float meant) { return std::abs(found - meant) <= kOff; };
    if (near(low, 480.0F) && near(high, 620.0F)) return ToneWindow::Kind::busy;
    if (near(low, 350.0F) && near(high, 440.0F)) return ToneWindow::Kind::dial;
    return ToneWindow::Kind::other;
}

}  // namespace

ToneWindow ToneSpectrum::hear(const VoiceTick& tick) noexcept {
    const Half now = analysed(tick);
    const ToneWindow found = window(now);
    before_ = now;
    return found;
}

ToneSpectrum::Half ToneSpectrum::analysed(const VoiceTick& tick) noexcept {
    Half half;
    for (std::size_t i = 0; i < kHalf; ++i) {
        const auto sample = static_cast<float>(tick[i]);
        for (std::size_t bin = 0; bin < kBins; ++bin) half.real[bin] += sample * kWaves.cosine[i][bin];
        for (std::size_t bin = 0; bin < kBins; ++bin) half.imaginary[bin] += sample * kWaves.sine[i][bin];
        half.rising += kWaves.rising[i] * sample * sample;
        half.falling += kWaves.falling[i] * sample * sample;
    }
    return half;
}

// The second half of the window begins half a turn later in every odd bin, and the window itself, in the spectrum, is
// a bin less half of both beside it.
ToneSpectrum::Row ToneSpectrum::powers(const Half& now) const noexcept {
    Row real;
    Row imaginary;
    for (std::size_t bin = 0; bin < kBins; ++bin) {
        const float turned = (kFirst + bin) % 2 == 0 ? 1.0F : -1.0F;
        real[bin] = before_.real[bin] + turned * now.real[bin];
        imaginary[bin] = before_.imaginary[bin] + turned * now.imaginary[bin];
    }
    Row found{};
    for (std::size_t bin = 1; bin + 1 < kBins; ++bin) {
        const float x = 0.5F * real[bin] - 0.25F * (real[bin - 1] + real[bin + 1]);
        const float y = 0.5F * imaginary[bin] - 0.25F * (imaginary[bin - 1] + imaginary[bin + 1]);
        found[bin] = x * x + y * y;
    }
    return found;
}

ToneWindow ToneSpectrum::window(const Half& now) const noexcept {
    const float energy = before_.rising + now.falling;
    ToneWindow found;
    found.level = energy / kWeights;
    if (found.level < kSoftest) return found;
    found.kind = ToneWindow::Kind::other;
    const Row power = powers(now);
    const float whole = energy * static_cast<float>(kHalf);  // half of it is at negative frequencies
    const std::size_t first = highest(power);
    found.hertz = hertz_around(power, first, 2);
    const bool beats = found.hertz > 380.0F && found.hertz < 500.0F && around(power, first, 3) > kBeating * whole;
    if (beats || around(power, first, 2) > kAlone * whole) {
        found.kind = ToneWindow::Kind::single;
        return found;
    }
    const std::size_t other = second(power, first);
    const auto [low, high] = std::minmax(first, other);
    const float between = sum(power, low - std::min<std::size_t>(low, 2), high + 2) -
                          (high - low > 4 ? sum(power, low + 3, high - 3) : 0.0F);
    if (power[other] < kTwist * power[first] || between < kAlone * whole) return found;
    found.kind = pair_of(hertz_around(power, first, 1), hertz_around(power, other, 1));
    return found;
}

}  // namespace media
