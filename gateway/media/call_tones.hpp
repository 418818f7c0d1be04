// SPDX-License-Identifier: GPL-3.0-or-later
// Beeps, tones of the network and of fax machines: gateway/call/tones.py says what they are, and when each is told.
//
// What is told apart by its rhythm needs two bursts, or an end. A tone of 380 to 500 Hz may be a beep as well as a
// network's: it is a beep if none like it follows within a second, or at once if speech went before it and it has 440 Hz.
// A voice may hum nearly as steadily there, so it has to be longer and steadier than others.
//
// Nothing here allocates or waits. Not thread-safe: the media thread's alone.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tone_spectrum.hpp"

namespace media {

class CallToneDetector {
public:
    enum class Tone : std::uint8_t { none, beep, ringback, busy, congestion, sit, dial, fax };

    struct Heard {
        Tone tone = Tone::none;
        int ago = 0;  // ticks since its last sound; 0 while it lasts
    };

    // A tick of sound: what is known from it on.
    Heard hear(const VoiceTick& tick) noexcept;

private:
    // A tone without a break; times are ticks.
    struct Burst {
        ToneWindow::Kind kind = ToneWindow::Kind::quiet;
        float hertz = 0.0F;    // the mean
        float lowest = 0.0F;   // of its inner windows
        float highest = 0.0F;
        float softest = 0.0F;
        float loudest = 0.0F;
        std::int64_t begin = 0;
        std::int64_t end = 0;  // of its last window

        int length() const noexcept { return static_cast<int>(end - begin) + 1; }
        bool low() const noexcept;
        bool steady() const noexcept;
    };

    static constexpr int kQuiet = 4;           // ticks after a tone in which it may go on, and has to be quiet to be over
    static constexpr int kShortest = 5;        // beep
    static constexpr int kShortestLow = 10;    // the same of a vowel's pitch
    static constexpr int kLongest = 200;
    static constexpr int kRinging = 35;        // the shortest lone burst of a ringing
    static constexpr int kSteadyDial = 160;    // longer than any ringing
    static constexpr int kTogether = 60;       // from one burst to the next of a rhythm, at most
    static constexpr int kAlone = 50;          // after which there is no next one
    static constexpr int kAgain = 400;         // 8 s
    static constexpr std::array<float, 3> kSit = {950.0F, 1400.0F, 1776.0F};

    static bool belongs(const ToneWindow& window, const Burst& burst) noexcept;
    void follow_talk(const ToneWindow& window) noexcept;
    bool talked() const noexcept { return talk_ >= 40; }
    void begin(const ToneWindow& window) noexcept;
    Tone go_on(const ToneWindow& window) noexcept;
    Tone over(bool followed) noexcept;
    Tone after_one_of_a_rhythm() noexcept;
    Tone of_rhythm(const Burst& first, const Burst& then) const noexcept;
    bool is_part_of_sit(std::size_t part) const noexcept;
    void follow_sit() noexcept;
    bool beeped() const noexcept;
    Heard told(Tone tone, std::int64_t end) noexcept;

    ToneSpectrum spectrum_;
    std::int64_t now_ = 0;
    int talk_ = 0;             // how much else was heard lately
    bool sounding_ = false;
    Burst burst_;              // that lasts, or may go on
    ToneWindow last_window_;   // of it: neither its first nor, once it is over, its last counts as inner
    float after_ = 0.0F;       // the loudest since
    bool known_ = false;       // it was told already
    Burst before_;             // of a rhythm
    bool lone_ = false;        // that one, so far,
    bool lone_beeps_ = false;  // and it may be a beep
    std::size_t sit_ = 0;      // parts of it heard
    std::int64_t sit_end_ = 0;
    Tone told_ = Tone::none;
    std::int64_t told_at_ = 0;
};

// As gateway/call/tones.py has it.
inline const char* name_of(CallToneDetector::Tone tone) noexcept {
    constexpr std::array<const char*, 8> kNames = {"", "beep", "ringback", "busy", "congestion", "sit", "dial", "fax"};
    return kNames[static_cast<std::size_t>(tone)];
}

}  // namespace media
