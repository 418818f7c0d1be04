// SPDX-License-Identifier: GPL-3.0-or-later
// Does the caller speak? A cheap detector for one call; voice.py, its twin, says how it decides and why.
//
// Some 170 multiplications for a silent tick, 2 400 for a loud one. Only sums of whole numbers and the four
// basic operations, in the same order as in Python, so that both decide alike. Nothing here allocates, locks or
// waits. Not thread-safe: the media thread's alone.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace media {

constexpr unsigned kVoiceRate = 8000;
constexpr std::size_t kVoiceSamples = kVoiceRate / 50;

using VoiceTick = std::array<std::int16_t, kVoiceSamples>;

class VoiceDetector {
public:
    // A tick of what the phone is sent, at any rate. `ahead`: before the caller's of the same tick.
    template <std::size_t kSamples>
    void agent(const std::array<std::int16_t, kSamples>& sent, bool ahead = false) noexcept {
        keep_ahead();
        ahead_ = energy(sent);
        if (!ahead) keep_ahead();
    }
    // A tick of the caller; true when a voice began or ended. `echo`: it is known to be ours.
    bool caller(const VoiceTick& heard, bool echo = false) noexcept;

    bool speaking() const noexcept { return speaking_; }
    // Ticks from the voice's first or last one to when its beginning or end was noticed.
    int since() const noexcept { return since_; }

private:
    static constexpr double kFullScale = 32768.0 * 32768.0;
    static constexpr double kQuietest = kFullScale * 2.5118864315095822e-05;  // -46 dB
    static constexpr double kIdle = 64.0;
    static constexpr int kIdleTicks = 25;
    static constexpr double kFloorStart = kFullScale * 1e-04;
    static constexpr int kFresh = 2;
    static constexpr double kFloorLeast = kFullScale * 1e-06;
    static constexpr double kFloorMost = kFullScale * 1e-03;
    static constexpr double kAboveFloor = 6.3;
    static constexpr int kFloorTicks = 40;
    static constexpr double kFloorFall = 0.2;
    static constexpr double kTone = 0.01;
    static constexpr double kEcho = 0.016;
    static constexpr double kEchoFade = 0.95;
    static constexpr int kNeeded = 3;
    static constexpr unsigned kWindow = 4;
    static constexpr int kHangOver = 18;
    static constexpr std::size_t kOrder = 4;
    static constexpr double kNone = -1.0;

    void keep_ahead() noexcept {
        if (ahead_ >= 0.0) ours_ = std::max(ours_ * kEchoFade, std::exchange(ahead_, kNone));
    }
    bool sounds_like_voice(const VoiceTick& heard) noexcept;
    void stay_idle() noexcept;
    void follow(double level) noexcept;
    template <std::size_t kSamples>
    static double energy(const std::array<std::int16_t, kSamples>& tick) noexcept;
    static bool is_tone(const VoiceTick& tick) noexcept;
    int voices() const noexcept;

    bool speaking_ = false;
    int since_ = 0;
    double floor_ = 0.0;
    int fresh_ = kFresh;
    int idle_ = 0;
    double lowest_ = kFloorMost;
    double lowest_before_ = kFloorMost;
    int ticks_ = 0;
    double ours_ = 0.0;
    double ahead_ = kNone;  // of ours, sent in this tick, in which nobody was heard yet
    unsigned recent_ = 0;  // a bit for each of the last ticks
    int silent_ = 0;
};

// ------------------------------------------------------------------------------------ implementation

template <std::size_t kSamples>
double VoiceDetector::energy(const std::array<std::int16_t, kSamples>& tick) noexcept {
    std::int64_t sum = 0;
    for (const std::int16_t sample : tick) sum += static_cast<std::int32_t>(sample) * sample;
    return static_cast<double>(sum) / static_cast<double>(tick.size());
}

inline int VoiceDetector::voices() const noexcept {
    int count = 0;
    for (unsigned bits = recent_; bits != 0; bits >>= 1) count += static_cast<int>(bits & 1U);
    return count;
}

inline bool VoiceDetector::caller(const VoiceTick& heard, bool echo) noexcept {
    const bool voice = !echo && sounds_like_voice(heard);
    keep_ahead();
    recent_ = (recent_ << 1 | (voice ? 1U : 0U)) & ((1U << kWindow) - 1);
    silent_ = voice ? 0 : silent_ + 1;
    if (speaking_) {
        if (silent_ < kHangOver) return false;
        since_ = silent_;
    } else {
        if (voices() < kNeeded) return false;
        since_ = 0;
        for (unsigned bits = recent_; bits != 0; bits >>= 1) ++since_;
    }
    speaking_ = !speaking_;
    return true;
}

inline bool VoiceDetector::sounds_like_voice(const VoiceTick& heard) noexcept {
    const double level = energy(heard);
    if (level <= kIdle) {
        stay_idle();
        return false;
    }
    idle_ = 0;
    follow(level);
    if (level < kQuietest || level < floor_ * kAboveFloor || level < ours_ * kEcho) return false;
    return !is_tone(heard);
}

inline void VoiceDetector::stay_idle() noexcept {
    if (++idle_ != kIdleTicks) return;
    floor_ = lowest_ = lowest_before_ = kFloorLeast;
    fresh_ = 0;
}

inline void VoiceDetector::follow(double level) noexcept {
    if (fresh_ > 0) {
        --fresh_;
        floor_ = std::max(floor_, std::min(level, kFloorStart));
    }
    lowest_ = std::min(lowest_, level);
    if (level < floor_) floor_ += kFloorFall * (level - floor_);
    if (++ticks_ == kFloorTicks) {
        floor_ = std::max(floor_, std::min(lowest_, lowest_before_));
        lowest_before_ = lowest_;
        lowest_ = kFloorMost;
        ticks_ = 0;
    }
    floor_ = std::min(std::max(floor_, kFloorLeast), kFloorMost);
}

inline bool VoiceDetector::is_tone(const VoiceTick& tick) noexcept {
    constexpr std::size_t kSize = kOrder + 1;
    constexpr std::array<std::size_t, kSize> kLags{1, 2, 3, 4, 0};
    std::array<std::array<double, kSize>, kSize> sums;
    for (std::size_t row = 0; row < kSize; ++row) {
        for (std::size_t column = row; column < kSize; ++column) {
            const std::int16_t* one = tick.data() + kOrder - kLags[row];
            const std::int16_t* other = tick.data() + kOrder - kLags[column];
            std::int64_t sum = 0;
            for (std::size_t i = 0; i < kVoiceSamples - kOrder; ++i) {
                sum += static_cast<std::int32_t>(one[i]) * other[i];
            }
            sums[row][column] = sums[column][row] = static_cast<double>(sum);
        }
    }
    const double whole = sums[kOrder][kOrder];
    for (std::size_t pivot = 0; pivot < kOrder; ++pivot) {
        if (sums[pivot][pivot] <= whole * 1e-9) return true;
        for (std::size_t row = pivot + 1; row < kSize; ++row) {
            const double factor = sums[row][pivot] / sums[pivot][pivot];
            for (std::size_t column = pivot; column < kSize; ++column) {
                sums[row][column] -= factor * sums[pivot][column];
            }
        }
    }
    return sums[kOrder][kOrder] < whole * kTone;
}

}  // namespace media
