// SPDX-License-Identifier: GPL-3.0-or-later
// Keys that are heard in the sound itself (ITU-T Q.23, Q.24): two tones at once, one of four low and one of four high
// ones, and next to nothing else.
//
// Windows of 12.75 ms, a new one every 6.4. A key counts when it has been alone in four of them, which is 32 ms, and
// counts again when it has been away for 32 ms: speech that happens to hold both tones does so for shorter, and a lost
// packet in a key does not make two of it.
//
// At 8 kHz, some 2 500 multiplications a tick. Nothing here allocates or waits. Not thread-safe.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace media {

class DtmfDetector {
public:
    // A tick of sound: the key that began in it, or 0. At most one: no two fit in.
    char hear(const std::int16_t* samples, std::size_t count) noexcept;

private:
    static constexpr std::size_t kHalf = 51;  // samples: two halves are a window
    static constexpr std::size_t kTones = 8;
    static constexpr double kSoftest = 4e4;   // energy of a sample in the mean: -44 dBm0
    static constexpr double kAlone = 0.62;    // part of the energy that both tones hold
    static constexpr double kTwist = 7.0;     // how many times as loud one may be as the other: 8.5 dB
    static constexpr double kAbove = 5.0;     // the other tones of its group
    static constexpr int kNeeded = 4;         // windows
    static constexpr int kAway = 5;

    struct Half {
        std::array<float, kTones> real{};
        std::array<float, kTones> imaginary{};
        double energy = 0.0;
    };

    Half analysed() const noexcept;
    char key_in(const Half& half) const noexcept;
    bool begins(char key) noexcept;

    std::array<float, kHalf> samples_{};
    std::size_t here_ = 0;
    Half before_;
    char candidate_ = 0;
    int windows_ = 0;  // in which it was heard, in a row
    char pressed_ = 0;
    int away_ = 0;     // windows without it
};

}  // namespace media
