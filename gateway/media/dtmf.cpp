// SPDX-License-Identifier: GPL-3.0-or-later
#include "dtmf.hpp"

#include <algorithm>
#include <cmath>

namespace media {
namespace {

constexpr double kRate = 8000.0;
constexpr double kPi = 3.14159265358979323846;
constexpr std::size_t kTones = 8;
constexpr std::array<double, kTones> kHertz{697, 770, 852, 941, 1209, 1336, 1477, 1633};
constexpr char kKeys[] = "123A456B789C*0#D";

template <std::size_t kSamples>
struct Waves {
    std::array<std::array<float, kSamples>, kTones> cosine;
    std::array<std::array<float, kSamples>, kTones> sine;
    // By how much a window's second half is ahead of the first.
    std::array<float, kTones> turn_real;
    std::array<float, kTones> turn_imaginary;

    Waves() {
        for (std::size_t tone = 0; tone < kTones; ++tone) {
            const double step = 2.0 * kPi * kHertz[tone] / kRate;
            for (std::size_t i = 0; i < kSamples; ++i) {
                cosine[tone][i] = static_cast<float>(std::cos(step * static_cast<double>(i)));
                sine[tone][i] = static_cast<float>(-std::sin(step * static_cast<double>(i)));
            }
            turn_real[tone] = static_cast<float>(std::cos(step * static_cast<double>(kSamples)));
            turn_imaginary[tone] = static_cast<float>(-std::sin(step * static_cast<double>(kSamples)));
        }
    }
};

const Waves<51> kWaves;

std::size_t loudest(const std::array<double, kTones>& tones, std::size_t from) noexcept {
    return static_cast<std::size_t>(std::max_element(tones.begin() + from, tones.begin() + from + 4) - tones.begin());
}

double second(const std::array<double, kTones>& tones, std::size_t from, std::size_t but) noexcept {
    double most = 0.0;
    for (std::size_t tone = from; tone < from + 4; ++tone)
        if (tone != but) most = std::max(most, tones[tone]);
    return most;
}

}  // namespace

char DtmfDetector::hear(const std::int16_t* samples, std::size_t count) noexcept {
    char found = 0;
    for (std::size_t i = 0; i < count; ++i) {
        samples_[here_++] = static_cast<float>(samples[i]);
        if (here_ < kHalf) continue;
        here_ = 0;
        const Half half = analysed();
        const char key = key_in(half);
        before_ = half;
        if (begins(key)) found = key;
    }
    return found;
}

DtmfDetector::Half DtmfDetector::analysed() const noexcept {
    Half half;
    for (std::size_t tone = 0; tone < kTones; ++tone) {
        float real = 0.0F;
        float imaginary = 0.0F;
        for (std::size_t i = 0; i < kHalf; ++i) {
            real += samples_[i] * kWaves.cosine[tone][i];
            imaginary += samples_[i] * kWaves.sine[tone][i];
        }
        half.real[tone] = real;
        half.imaginary[tone] = imaginary;
    }
    for (const float each : samples_) half.energy += static_cast<double>(each) * static_cast<double>(each);
    return half;
}

// The key that fills the window whose second half this is; 0 if none does.
char DtmfDetector::key_in(const Half& half) const noexcept {
    constexpr double kWindow = 2.0 * kHalf;
    const double energy = before_.energy + half.energy;
    if (energy < kSoftest * kWindow) return 0;
    std::array<double, kTones> tones;
    for (std::size_t tone = 0; tone < kTones; ++tone) {
        const float cosine = kWaves.turn_real[tone];
        const float sine = kWaves.turn_imaginary[tone];
        const double real = static_cast<double>(before_.real[tone] + half.real[tone] * cosine - half.imaginary[tone] * sine);
        const double imaginary = static_cast<double>(before_.imaginary[tone] + half.real[tone] * sine + half.imaginary[tone] * cosine);
        tones[tone] = 2.0 * (real * real + imaginary * imaginary) / (kWindow * energy);
    }
    const std::size_t low = loudest(tones, 0);
    const std::size_t high = loudest(tones, 4);
    const bool alone = tones[low] + tones[high] > kAlone;
    const bool alike = tones[low] < kTwist * tones[high] && tones[high] < kTwist * tones[low];
    const bool clear = tones[low] > kAbove * second(tones, 0, low) && tones[high] > kAbove * second(tones, 4, high);
    return alone && alike && clear ? kKeys[4 * low + (high - 4)] : '\0';
}

bool DtmfDetector::begins(char key) noexcept {
    away_ = pressed_ != 0 && key != pressed_ ? away_ + 1 : 0;
    if (away_ >= kAway) pressed_ = 0;
    windows_ = key != 0 && key == candidate_ ? windows_ + 1 : 1;
    candidate_ = key;
    if (key == 0 || windows_ < kNeeded || key == pressed_) return false;
    pressed_ = key;
    away_ = 0;
    return true;
}

}  // namespace media
