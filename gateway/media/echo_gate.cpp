// SPDX-License-Identifier: GPL-3.0-or-later
#include "echo_gate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "processors.hpp"
#include "resampler.hpp"

namespace media {
namespace {

constexpr std::size_t kSlow = kVoiceSamples / 2;  // samples of a tick at 4 kHz
constexpr float kTilt = 0.9F;  // of the sample before: speech is as loud at 2 kHz then as it is at 300 Hz

// Of so many samples. Sums side by side: a compiler may not reorder one sum of floats, but it may fill a register with these.
template <std::size_t kCount>
float energy(const float* samples) noexcept {
    constexpr std::size_t kLanes = 16;
    static_assert(kCount % kLanes == 0);
    std::array<float, kLanes> sums{};
    for (std::size_t i = 0; i < kCount; i += kLanes)
        for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += samples[i + lane] * samples[i + lane];
    return std::accumulate(sums.begin(), sums.end(), 0.0F) / static_cast<float>(kCount);
}

// Averages alias, but in a sound and in its echo alike. Step by step, which makes vectors of it.
template <std::size_t kOut, std::size_t kIn>
__attribute__((always_inline)) inline void slow_down(const std::array<std::int16_t, kIn>& samples, float& last, float* out) noexcept {
    constexpr std::size_t kPart = kIn / kOut, kPairs = kPart / 2;
    static_assert(kPart % 2 == 0);
    std::array<int, kIn / 2> pairs;
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = samples[2 * i] + samples[2 * i + 1];
    std::array<float, kOut + 1> means;
    means[0] = last;
    for (std::size_t i = 0; i < kOut; ++i) {
        int sum = 0;
        for (std::size_t j = 0; j < kPairs; ++j) sum += pairs[i * kPairs + j];
        means[i + 1] = static_cast<float>(sum) / static_cast<float>(kPart);
    }
    for (std::size_t i = 0; i < kOut; ++i) out[i] = means[i + 1] - kTilt * means[i];
    last = means[kOut];
}

// Keeps a tick at 4 kHz by half; returns its energy.
template <std::size_t kIn>
__attribute__((always_inline)) inline float keep_slow(const std::array<std::int16_t, kIn>& samples, float& last, std::int16_t* out) noexcept {
    std::array<float, kSlow> slow;
    slow_down<kSlow>(samples, last, slow.data());
    for (std::size_t i = 0; i < kSlow; ++i) out[i] = static_cast<std::int16_t>(static_cast<int>(slow[i] * 0.5F));
    return energy<kSlow>(slow.data());
}

FOR_EACH_PROCESSOR
float slower(const Tick& agent, float& last, std::int16_t* out) noexcept { return keep_slow(agent, last, out); }

FOR_EACH_PROCESSOR
float slower(const VoiceTick& caller, float& last, std::int16_t* out) noexcept { return keep_slow(caller, last, out); }

// So many samples in a row of what goes around by half, from one on; the oldest is the first.
template <std::size_t kCount>
void copy(const std::array<std::int16_t, kCount>& around, std::size_t oldest, std::size_t from, std::size_t count,
          float* into) noexcept {
    const std::size_t begin = (oldest + from) % kCount;
    const std::size_t first = std::min(count, kCount - begin);
    for (std::size_t i = 0; i < first; ++i) into[i] = 2.0F * around[begin + i];
    for (std::size_t i = first; i < count; ++i) into[i] = 2.0F * around[i - first];
}

}  // namespace

// Where all that is known is silence, more of it changes nothing.
void EchoGate::said(const Tick& agent, bool ahead) noexcept {
    keep_ahead();
    silent_ = is_silent(agent.data(), agent.size()) ? silent_ + 1 : 0;
    if (silent_ > kTicks + 1) return;
    ahead_level_ = slower(agent, last_said_, said_.data() + said_at_);
    is_ahead_ = true;
    if (!ahead) keep_ahead();
}

void EchoGate::keep_ahead() noexcept {
    if (!std::exchange(is_ahead_, false)) return;
    said_at_ = (said_at_ + kStep) % said_.size();
    std::copy_backward(levels_.begin(), levels_.end() - 1, levels_.end());
    levels_[0] = ahead_level_;
}

bool EchoGate::heard(const VoiceTick& caller) noexcept {
    const bool echo = is_echo(caller);
    keep_ahead();
    return echo;
}

bool EchoGate::is_echo(const VoiceTick& caller) noexcept {
    const float level = slower(caller, last_heard_, heard_.data() + heard_at_);
    heard_at_ = (heard_at_ + kStep) % heard_.size();
    std::copy_backward(heard_levels_.begin(), heard_levels_.end() - 1, heard_levels_.end());
    heard_levels_[0] = level;
    follow_noise(level);
    const float agent = loudest_said();
    if (agent < kFaint) {  // nothing can come back
        over_ = 0;
        word_ = 0;
        return false;
    }
    const bool sounds = level > kFaint && level > kSounds * floor_;
    if (!known_) {
        // Nothing comes back of what was said: there is no need to be suspicious of the caller's first word.
        if (!sounds && ++quiet_ >= kQuiet) sound_ = kVerdict;
        if (!sounds) return sound_ > 0 && sound_ < kVerdict && speaks();
        return suspicious(level) || known_;
    }
    const float echo = expected();
    if (sounds && (turn_ = !turn_)) look_again();
    if (!known_) return false;
    if (echo > 8.0F * std::max(floor_, kFaint) && level < echo / 16.0F) {
        if (++gone_ >= kGone) forget();
    } else if (sounds) {
        gone_ = 0;
    }
    return !over_the_echo(sounds ? level : 0.0F, echo);
}

// Half of white noise is left at 4 kHz, and the differences have 1.8 times as much; the floor is the softest tick of
// many, 1.5 dB below their mean.
float EchoGate::noise() const noexcept { return std::sqrt(1.55F * std::min(floor_, kFreshMost)); }

void EchoGate::follow_noise(float level) noexcept {
    if (fresh_ > 0 && level > 0.0F) {  // a noise that is there when the line opens is the line's
        --fresh_;
        floor_ = std::max(floor_, std::min(level, kFreshMost));
    }
    if (floor_ticks_ == 0) lowest_ = level;
    lowest_ = std::min(lowest_, level);
    if (level < floor_) floor_ += 0.2F * (level - floor_);
    if (++floor_ticks_ < kFloorTicks) return;
    floor_ = std::max(floor_, std::min(lowest_, lowest_before_));
    lowest_before_ = lowest_;
    floor_ticks_ = 0;
}

float EchoGate::loudest_said() const noexcept { return *std::max_element(levels_.begin(), levels_.end()); }

// Whether the agent speaks, pauses between words included. An echo of its first word comes while it does; who speaks
// when it has stopped, and nothing came back of it, answers it.
bool EchoGate::speaks() const noexcept {
    return std::any_of(levels_.begin(), levels_.begin() + kPause, [](float level) { return level > kFaint; });
}

// The echo that is due in this tick: of what was said then, and a little before, for a room rings.
float EchoGate::expected() const noexcept {
    constexpr std::array<float, 6> kRings{1.0F, 1.0F, 1.0F, 0.5F, 0.25F, 0.125F};
    const std::size_t first = std::max<std::size_t>(delay_ / kStep, 1) - 1;
    float most = 0.0F;
    for (std::size_t i = 0; i < kRings.size() && first + i < levels_.size(); ++i)
        most = std::max(most, kRings[i] * levels_[first + i]);
    return loss_ * most;
}

// Nothing is known of an echo. Returns whether to wait for a verdict.
bool EchoGate::suspicious(float level) noexcept {
    const bool first = sound_ < kVerdict;
    if (first) ++sound_;
    if (--next_look_ <= 0) {
        look_everywhere();
        rest_ = std::min(first ? 2 : 2 * rest_, kRarely);
        next_look_ = rest_;
    }
    return first && level < kWeaker * loudest_said() && speaks();
}

bool EchoGate::over_the_echo(float level, float echo) noexcept {
    const bool over = level > kMargin * (echo + floor_);
    over_ = (over_ << 1 | (over ? 1U : 0U)) & 0xFU;
    int count = 0;
    for (unsigned bits = over_; bits != 0; bits >>= 1) count += static_cast<int>(bits & 1U);
    if (kMargin * echo < floor_) return true;  // none is due
    if (count >= 3 || (over && word_ > 0)) word_ = kWord;
    if (word_ == 0) return false;
    --word_;
    return true;
}

void EchoGate::look_everywhere() noexcept {
    const Found found = look(0, kDelays);
    const bool again = was_maybe_ && (found.delay > maybe_ ? found.delay - maybe_ : maybe_ - found.delay) <= kSame;
    was_maybe_ = found.likeness >= kMaybe;
    maybe_ = found.delay;
    if (found.likeness >= kAlike || (was_maybe_ && again)) take(found);
}

// At the delay that is known, and beside it; everywhere, when it was not there for a while.
void EchoGate::look_again() noexcept {
    const Found found = look(delay_ > kNear ? delay_ - kNear : 0, std::min(delay_ + kNear, kDelays));
    if (found.likeness >= kStill) {
        missed_ = 0;
        if (found.likeness >= kMaybe && found.loss <= kLoop) take(found);
    } else if (word_ == 0 && ++missed_ >= kElsewhere) {
        missed_ = 0;
        look_everywhere();
    }
}

void EchoGate::take(const Found& found) noexcept {
    if (found.loss > kLoop) {
        if (found.likeness >= kAlike) forget();
        return;
    }
    // Upwards at once, or parts of a loud echo are let through; but not for what is only half the same, where the
    // other half is the caller.
    const bool louder = found.loss > loss_;
    if (!known_ || (louder && found.likeness >= kAlike)) loss_ = found.loss;
    else if (!louder) loss_ += 0.1F * (found.loss - loss_);
    delay_ = found.delay;
    known_ = true;
    gone_ = missed_ = 0;
}

void EchoGate::forget() noexcept {
    known_ = false;
    was_maybe_ = false;
    gone_ = missed_ = 0;
    rest_ = next_look_ = 2;
}

// The most alike of some delays. Sixteen at a time, which makes vectors of them.
EchoGate::Found EchoGate::look(std::size_t first, std::size_t last) const noexcept {
    constexpr std::size_t kAtOnce = 16;
    std::array<float, kWindow> heard;
    copy(heard_, heard_at_, 0, kWindow, heard.data());
    float power = 0.0F;
    for (std::size_t i = 0; i < kWindow; ++i) power += heard[i] * heard[i];
    Found best;
    if (power < kFaint * kWindow / 2) return best;
    // Where the earliest of these windows begins, and the power of what was said from there up to each sample.
    const std::size_t begins = kSaid - kWindow + 1 - last;
    const std::size_t count = last - first - 1 + kWindow;
    std::array<float, kSaid> said;
    copy(said_, said_at_ + kStep, begins, count, said.data());
    std::array<double, kSaid + 1> sums;
    sums[0] = 0.0;
    for (std::size_t i = 0; i < count; ++i) sums[i + 1] = sums[i] + static_cast<double>(said[i] * said[i]);
    for (std::size_t at = 0; at + kAtOnce <= last - first; at += kAtOnce) {
        std::array<float, kAtOnce> products{};
        for (std::size_t i = 0; i < kWindow; ++i)
            for (std::size_t j = 0; j < kAtOnce; ++j) products[j] += heard[i] * said[at + i + j];
        for (std::size_t j = 0; j < kAtOnce; ++j) {
            const auto other = static_cast<float>(sums[at + j + kWindow] - sums[at + j]);
            if (other < kFaint * kWindow) continue;
            const float likeness = std::fabs(products[j]) / std::sqrt(other * power);
            // Some of what is heard is not the echo: its part is the likeness squared where that is the caller, and
            // all of it where the echo is distorted. In between lies no great mistake.
            if (likeness > best.likeness) best = Found{last - 1 - at - j, likeness, likeness * power / other};
        }
    }
    return best;
}

}  // namespace media
