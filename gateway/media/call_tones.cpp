// SPDX-License-Identifier: GPL-3.0-or-later
#include "call_tones.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace media {
namespace {

constexpr float kFaxAnswer = 2100.0F;  // ITU-T T.30 section 4: CED,
constexpr float kFaxCall = 1100.0F;    // and CNG
constexpr float kSame = 20.0F;         // Hz between two windows of one tone
constexpr float kLowest = 380.0F;      // of a beep
constexpr float kVowels = 500.0F;      // below this a voice may hum almost as steadily
constexpr float kFallen = 16.0F;       // 12 dB: quiet after a beep

bool near(float found, float meant, float off) noexcept { return std::abs(found - meant) <= off; }

bool within(int length, int least, int most) noexcept { return length >= least && length <= most; }

}  // namespace

bool CallToneDetector::Burst::low() const noexcept {
    return kind == ToneWindow::Kind::single && hertz > kLowest && hertz < kVowels;
}

bool CallToneDetector::Burst::steady() const noexcept {
    const bool strict = hertz < kVowels;
    return highest - lowest <= (strict ? 5.0F : 9.0F) && loudest <= (strict ? 2.0F : 4.0F) * softest;
}

bool CallToneDetector::belongs(const ToneWindow& window, const Burst& burst) noexcept {
    if (window.kind != burst.kind) return false;
    const bool low = window.hertz > kLowest && window.hertz < kVowels;
    return window.kind != ToneWindow::Kind::single || (low && burst.low()) || near(window.hertz, burst.hertz, kSame);
}

CallToneDetector::Heard CallToneDetector::hear(const VoiceTick& tick) noexcept {
    const ToneWindow window = spectrum_.hear(tick);
    ++now_;
    follow_talk(window);
    if (sounding_ && window.tonal() && belongs(window, burst_)) return told(go_on(window), now_);
    const auto since = static_cast<int>(now_ - burst_.end);
    if (sounding_ && since >= 2) after_ = std::max(after_, window.level);
    Tone found = Tone::none;
    std::int64_t end = burst_.end;
    if (sounding_ && (window.tonal() || since >= kQuiet)) {
        found = over(window.tonal());
        sounding_ = false;
    } else if (lone_ && !sounding_ && now_ - before_.end > kAlone) {
        lone_ = false;
        end = before_.end;
        if (lone_beeps_) found = Tone::beep;
    }
    if (!sounding_ && window.tonal()) begin(window);
    return told(found, end);
}

// Two tones that begin at once, or a tone's beginning and end, are no talk.
void CallToneDetector::follow_talk(const ToneWindow& window) noexcept {
    constexpr int kMost = 400;
    talk_ = window.kind == ToneWindow::Kind::other ? std::min(talk_ + 4, kMost) : std::max(talk_ - 1, 0);
}

// ------------------------------------------------------------------------------------------- one burst

void CallToneDetector::begin(const ToneWindow& window) noexcept {
    sounding_ = true;
    known_ = false;
    after_ = 0.0F;
    last_window_ = ToneWindow();
    burst_ = Burst();
    burst_.kind = window.kind;
    burst_.hertz = window.hertz;
    burst_.begin = burst_.end = now_;
}

CallToneDetector::Tone CallToneDetector::go_on(const ToneWindow& window) noexcept {
    after_ = 0.0F;
    if (const ToneWindow inner = std::exchange(last_window_, window); inner.tonal()) {
        const bool first = burst_.loudest == 0.0F;
        burst_.lowest = first ? inner.hertz : std::min(burst_.lowest, inner.hertz);
        burst_.highest = first ? inner.hertz : std::max(burst_.highest, inner.hertz);
        burst_.softest = first ? inner.level : std::min(burst_.softest, inner.level);
        burst_.loudest = std::max(burst_.loudest, inner.level);
    }
    burst_.end = now_;
    const int length = burst_.length();
    burst_.hertz += (window.hertz - burst_.hertz) / static_cast<float>(std::min(length, 8));
    Tone found = Tone::none;
    if (burst_.kind == ToneWindow::Kind::dial && length == kAlone) found = Tone::dial;
    if (burst_.low() && length == kSteadyDial) found = Tone::dial;
    if (near(burst_.hertz, kFaxAnswer, kSame) && length == 30) found = Tone::fax;
    if (sit_ == 2 && is_part_of_sit(2) && length == 8) found = Tone::sit;
    known_ = known_ || found != Tone::none;
    return found;
}

// `followed`: by another tone at once.
CallToneDetector::Tone CallToneDetector::over(bool followed) noexcept {
    if (known_) {
        sit_ = 0;
        return Tone::none;
    }
    follow_sit();
    if (burst_.low() || burst_.kind == ToneWindow::Kind::busy) return after_one_of_a_rhythm();
    if (burst_.kind != ToneWindow::Kind::single || followed || !beeped()) return Tone::none;
    const bool calls = near(burst_.hertz, kFaxCall, 38.0F) && within(burst_.length(), 20, 30);
    const auto pause = static_cast<int>(burst_.begin - before_.end);
    const bool again = calls && near(before_.hertz, kFaxCall, 38.0F) && within(pause, 130, 170);
    if (calls) before_ = burst_;
    lone_ = false;
    return again ? Tone::fax : Tone::beep;
}

// The burst that is over.
bool CallToneDetector::beeped() const noexcept {
    const bool quiet = after_ * kFallen <= burst_.loudest;
    const bool single = burst_.kind == ToneWindow::Kind::single && burst_.hertz > kLowest;
    return single && quiet && burst_.steady() && within(burst_.length(), burst_.low() ? kShortestLow : kShortest, kLongest);
}

// ------------------------------------------------------------------------------------------- rhythms

CallToneDetector::Tone CallToneDetector::after_one_of_a_rhythm() noexcept {
    const Burst first = std::exchange(before_, burst_);
    const bool alike = first.kind == burst_.kind && (burst_.kind != ToneWindow::Kind::single || first.low());
    if (alike && burst_.begin - first.end <= kTogether) {
        lone_ = false;
        return of_rhythm(first, burst_);
    }
    const bool quick = talked() && near(burst_.hertz, 440.0F, 12.0F) && burst_.length() < kRinging;
    const bool may_beep = beeped();
    const bool beeps = quick && may_beep;
    const bool rings = burst_.low() && burst_.length() >= kRinging && !talked();
    lone_ = !beeps && !rings;
    lone_beeps_ = lone_ && may_beep;
    return beeps ? Tone::beep : rings ? Tone::ringback : Tone::none;
}

// Ticks: 0.4 and 0.4 s with 0.2 between them ring in Britain and whoever learned it there; a fast busy tone's bursts
// and pauses are 0.2 to 0.3 s, a busy tone's 0.35 to 0.75.
CallToneDetector::Tone CallToneDetector::of_rhythm(const Burst& first, const Burst& then) const noexcept {
    const int one = first.length();
    const int other = then.length();
    const auto pause = static_cast<int>(then.begin - first.end) - 1;
    if (then.low() && within(one, 17, 25) && within(other, 17, 25) && within(pause, 5, 13)) return Tone::ringback;
    if (within(one, 7, 16) && within(other, 7, 16) && within(pause, 6, 17)) return Tone::congestion;
    if (within(one, 15, 42) && within(other, 15, 42) && within(pause, 14, 42)) return Tone::busy;
    return Tone::none;
}

bool CallToneDetector::is_part_of_sit(std::size_t part) const noexcept {
    constexpr float kOff = 60.0F;  // the parts have two pitches each (ITU-T E.180 section 7.6, Telcordia SR-2275)
    const bool goes_on = part == 0 || burst_.begin - sit_end_ <= 5;
    return goes_on && burst_.kind == ToneWindow::Kind::single && near(burst_.hertz, kSit[part], kOff);
}

void CallToneDetector::follow_sit() noexcept {
    if (sit_ > 1 || !is_part_of_sit(sit_)) sit_ = 0;
    if (!is_part_of_sit(sit_) || !within(burst_.length(), 9, 25)) {
        sit_ = 0;
        return;
    }
    ++sit_;
    sit_end_ = burst_.end;
}

// ------------------------------------------------------------------------------------------- what is told

CallToneDetector::Heard CallToneDetector::told(Tone tone, std::int64_t end) noexcept {
    if (tone == Tone::none) return {};
    const bool again = tone == told_ && now_ - told_at_ < kAgain;
    told_ = tone;
    told_at_ = now_;
    if (again && tone != Tone::beep) return {};
    return Heard{tone, static_cast<int>(now_ - end)};
}

}  // namespace media
