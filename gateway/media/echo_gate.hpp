// SPDX-License-Identifier: GPL-3.0-or-later
// Is what comes from the caller our own voice, back from a loudspeaker, a room or a hybrid? Then a model is not to
// hear it: it would take it for a caller, fall silent and answer itself.
//
// What comes is looked for in what was sent in the 600 ms before: the same waveform, whatever the delay. Once it was
// found, delay and loss of the echo are known, and the rest is a matter of levels: what is not much louder than the
// echo that is due is echo, and a caller who speaks over it is heard as he is. So nothing of a caller's sound is ever
// filtered; it is let through or not, a tick at a time.
//
// - Before anything is known, what is much weaker than the agent waits for a verdict: 160 ms of sound are enough.
// - An echo nearly as loud as the agent (-6 dB) is no echo but a line that leads back to us: `conversation/echo.py`
//   ends such a call.
// - A caller who speaks over an echo needs three ticks of the last four above it, and has the word for 240 ms more.
//
// At 4 kHz, differentiated, so that one vowel is not like the next. A tick without sound from the caller, or without
// the agent, costs some 700 additions; a look at all delays a million multiplications, 25 times a second at most, and
// soon rarer where nothing is found. Nothing here allocates, locks or waits. The media thread's alone.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "fetch.hpp"
#include "playout.hpp"
#include "voice.hpp"

namespace media {

class EchoGate {
public:
    // A tick of what the phone is sent. `ahead`: before the caller's of the same tick, in which no echo of it can be yet.
    void said(const Tick& agent, bool ahead = false) noexcept;
    // A tick of the caller; true: an echo and nothing else.
    bool heard(const VoiceTick& caller) noexcept;

    // Ask for the memory that a tick will need: first of what leads to the rest.
    void expect() const noexcept { fetch_between(&said_at_, this + 1); }
    void expect_rest() const noexcept { fetch(heard_.data() + heard_at_, kStep * sizeof(std::int16_t)); }
    // The same of what is said.
    void expect_said() const noexcept { fetch_between(&said_at_, &levels_); }
    void expect_rest_said() const noexcept { fetch(said_.data() + said_at_, kStep * sizeof(std::int16_t)); }

    // Of the echo, for tests: whether there is one, its delay and its loss, in energy.
    bool known() const noexcept { return known_; }
    double delay_ms() const noexcept { return static_cast<double>(delay_) / 4.0; }
    double loss() const noexcept { return loss_; }
    // Of the line without anybody, root mean square at its own rate.
    float noise() const noexcept;

private:
    static constexpr std::size_t kStep = kVoiceSamples / 2;  // samples of a tick at 4 kHz
    static constexpr std::size_t kWindow = 6 * kStep;  // that are looked for: 120 ms
    static constexpr std::size_t kDelays = 30 * kStep;
    static constexpr std::size_t kSaid = kDelays + kWindow;
    static constexpr std::size_t kNear = 160;        // 40 ms: how far a jitter buffer may move an echo at once
    static constexpr std::size_t kSame = 8;          // 2 ms
    static constexpr std::size_t kTicks = kSaid / kStep;

    static constexpr float kFaint = 300.0F;          // energy below which there is nothing to hear, -65 dB
    static constexpr float kSounds = 2.0F;           // times the line's noise
    static constexpr float kWeaker = 0.1F;           // than the agent, -10 dB: may be an echo
    static constexpr float kLoop = 0.25F;
    static constexpr float kAlike = 0.72F;           // correlation of what is certainly the same
    static constexpr float kMaybe = 0.45F;           // of what is, if it was so at the same delay before
    static constexpr float kStill = 0.40F;           // at a delay that is known
    static constexpr float kMargin = 4.0F;           // energy of an echo's loudest tick above what was expected
    static constexpr int kPause = 10;                // ticks between two words of the agent's
    static constexpr int kVerdict = 8;               // ticks of sound
    static constexpr int kQuiet = 50;                // ticks of the agent's, without a sound of the caller's
    static constexpr int kWord = 12;                 // ticks
    static constexpr int kGone = 75;                 // ticks in which an echo was due and none came
    static constexpr int kElsewhere = 10;            // looks in a row at the known delay that were in vain
    static constexpr int kRarely = 16;               // ticks of sound between two looks, at last
    static constexpr int kFloorTicks = 40;
    static constexpr int kFresh = 3;                 // ticks that set the first level of the noise
    static constexpr float kFreshMost = 5000.0F;     // -53 dB

    struct Found {
        std::size_t delay = 0;  // samples from the end of what was said to that of what was heard
        float likeness = 0.0F;
        float loss = 0.0F;      // energy of what was heard to that of what was said
    };

    bool is_echo(const VoiceTick& caller) noexcept;
    void keep_ahead() noexcept;
    void follow_noise(float level) noexcept;
    float loudest_said() const noexcept;
    bool speaks() const noexcept;
    float expected() const noexcept;
    bool suspicious(float level) noexcept;
    bool over_the_echo(float level, float echo) noexcept;
    void look_everywhere() noexcept;
    void look_again() noexcept;
    void take(const Found& found) noexcept;
    void forget() noexcept;
    Found look(std::size_t first, std::size_t last) const noexcept;

    // Around, and by half, so that differences of samples are samples: what was last said, and room for a tick; and heard.
    std::array<std::int16_t, kSaid + kStep> said_{};
    std::array<std::int16_t, kWindow> heard_{};
    std::size_t said_at_ = 0;             // where the next tick of them belongs
    std::size_t heard_at_ = 0;
    std::size_t silent_ = 0;              // ticks of it, the latest, that were said
    float ahead_level_ = 0.0F;            // said in this tick, in which nobody was heard yet
    bool is_ahead_ = false;               // there is such
    float last_said_ = 0.0F;
    std::array<float, kTicks> levels_{};  // of what was said, the latest first
    std::array<float, 6> heard_levels_{};
    float last_heard_ = 0.0F;

    float floor_ = 0.0F;
    float lowest_ = 0.0F;
    float lowest_before_ = 0.0F;
    int floor_ticks_ = 0;
    int fresh_ = kFresh;

    bool known_ = false;
    bool turn_ = false;       // of every other tick: a look
    std::size_t delay_ = 0;
    float loss_ = 0.0F;
    std::size_t maybe_ = 0;   // the delay at which it was maybe
    bool was_maybe_ = false;
    int sound_ = 0;           // ticks of it, until a verdict
    int quiet_ = 0;
    int next_look_ = 2;       // ticks of sound until the next look
    int rest_ = 2;            // and until the one after that
    unsigned over_ = 0;       // a bit for each of the last ticks: louder than the echo
    int word_ = 0;            // ticks for which the caller still has the word
    int gone_ = 0;
    int missed_ = 0;
};

}  // namespace media
