// SPDX-License-Identifier: GPL-3.0-or-later
#include "kept_sound.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

#include "g711.hpp"
#include "processors.hpp"

namespace media {
namespace {

constexpr std::size_t kTick = 480;      // samples: 20 ms
constexpr std::size_t kTogether = 10;   // ticks of a piece
constexpr std::size_t kThird = 3;
constexpr std::size_t kSixth = 6;       // 4 kHz
constexpr std::size_t kReach = 8;       // samples of 8 kHz to either side of one that is put in between
constexpr std::size_t kWindow = 32;     // samples of 24 kHz that are looked at for what lies above 4 kHz
constexpr float kNothing = 3e-4F;       // of the energy: -35 dB, where G.711's noise is
constexpr float kFaint = 4.0F;          // energy of a sample that is rounding alone
constexpr double kUpper = 4750.0 / 12000.0;  // of half the rate: the middle of the slope

double sinc(double x) { return x == 0.0 ? 1.0 : std::sin(M_PI * x) / (M_PI * x); }
double hann(double x) { return std::abs(x) >= 1.0 ? 0.0 : (1.0 + std::cos(M_PI * x)) / 2.0; }

// What lets pass the sound above 4 kHz, and nothing below 3.4.
const std::array<float, kWindow> kAbove = [] {
    std::array<float, kWindow> taps{};
    constexpr double kMiddle = (kWindow - 1) / 2.0;
    for (std::size_t k = 0; k < kWindow; ++k) {
        const double t = static_cast<double>(k) - kMiddle;
        taps[k] = static_cast<float>(((k % 2 == 0 ? 1.0 : -1.0) * (1.0 - kUpper)) * sinc(t * (1.0 - kUpper)) * hann(t / (kMiddle + 1.0)));
    }
    return taps;
}();

// One and two thirds of the way from one sample of 8 kHz to the next.
using Between = std::array<float, 2 * kReach>;
const std::array<Between, 2> kBetween = [] {
    std::array<Between, 2> both{};
    for (std::size_t which = 0; which < both.size(); ++which) {
        double sum = 0.0;
        std::array<double, 2 * kReach> taps{};
        for (std::size_t k = 0; k < taps.size(); ++k) {
            const double t = static_cast<double>(k) - (kReach - 1) - static_cast<double>(which + 1) / kThird;
            taps[k] = sinc(t) * hann(t / (kReach + 0.5));
            sum += taps[k];
        }
        for (std::size_t k = 0; k < taps.size(); ++k) both[which][k] = static_cast<float>(taps[k] / sum);
    }
    return both;
}();

bool is_held(const std::int16_t* tick) noexcept {
    for (std::size_t i = 0; i < kTick; i += kThird)
        if (tick[i] != tick[i + 1] || tick[i] != tick[i + 2]) return false;
    return true;
}

// Sums side by side: a compiler may not reorder one sum of floats, but it may fill a register with these.
FOR_EACH_PROCESSOR
bool is_wide(const std::int16_t* tick) noexcept {
    constexpr std::size_t kLanes = 8;
    float above = 0.0F, all = 0.0F;
    for (std::size_t at = 0; at < kTick; at += kWindow) {
        std::array<float, kLanes> sums{}, energies{};
        for (std::size_t k = 0; k < kWindow; k += kLanes) {
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                const auto sample = static_cast<float>(tick[at + k + lane]);
                sums[lane] += sample * kAbove[k + lane];
                energies[lane] += sample * sample;
            }
        }
        float sum = 0.0F;
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            sum += sums[lane];
            all += energies[lane];
        }
        above += sum * sum;
    }
    return above > kNothing * all / kWindow + kFaint * (kTick / kWindow);
}

// Sound of 8 kHz at 24; beyond both ends it stays as it is there.
void put_between(const std::vector<std::int16_t>& thirds, std::vector<std::int16_t>& out) {
    const auto last = static_cast<std::ptrdiff_t>(thirds.size()) - 1;
    for (std::ptrdiff_t i = 0; i <= last; ++i) {
        out.push_back(thirds[static_cast<std::size_t>(i)]);
        for (const Between& taps : kBetween) {
            float sum = 0.0F;
            for (std::size_t k = 0; k < taps.size(); ++k) {
                const std::ptrdiff_t at = i + static_cast<std::ptrdiff_t>(k) - static_cast<std::ptrdiff_t>(kReach - 1);
                sum += taps[k] * static_cast<float>(thirds[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(at, 0, last))]);
            }
            out.push_back(static_cast<std::int16_t>(std::lrintf(std::clamp(sum, -32768.0F, 32767.0F))));
        }
    }
}

void settle(std::vector<std::int16_t>& thirds, std::vector<std::int16_t>& out) {
    if (!thirds.empty()) put_between(thirds, out);
    thirds.clear();
}

// How loud the last whole frames are: each third sample tells that, as it is kept.
class Frames {
public:
    Frames(std::size_t samples, std::size_t frame)
        : frame_(static_cast<std::ptrdiff_t>(frame)), at_(-static_cast<std::ptrdiff_t>(samples % frame)), seen_(samples / frame) {}

    // Looks at samples that follow; `level` gives each third.
    template <typename Level>
    void look(std::size_t samples, Level level) {
        const std::ptrdiff_t end = at_ + static_cast<std::ptrdiff_t>(samples);
        std::size_t which = 0;
        for (; at_ < 0 && at_ < end; at_ += kThird) ++which;
        while (at_ < end) {
            Seen& seen = seen_[static_cast<std::size_t>(at_ / frame_)];
            const std::ptrdiff_t until = std::min(end, (at_ / frame_ + 1) * frame_);
            for (; at_ < until; at_ += kThird, ++which, ++seen.looks) {
                const std::int64_t sample = level(which);
                seen.energy += sample * sample;
            }
        }
        at_ = end;
    }

    std::vector<float> squares() const {
        std::vector<float> squares;
        for (const Seen& seen : seen_) squares.push_back(static_cast<float>(seen.energy) / static_cast<float>(std::max(seen.looks, 1)));
        return squares;
    }

private:
    struct Seen {
        std::int64_t energy = 0;
        int looks = 0;
    };

    std::ptrdiff_t frame_;
    std::ptrdiff_t at_;  // of the next sample, counted from the first frame
    std::vector<Seen> seen_;
};

FOR_EACH_PROCESSOR
void average(const std::int16_t* pcm, std::size_t count, std::int16_t* out) noexcept {
    for (std::size_t i = 0; i < count; ++i, pcm += kSixth) {
        int sum = 0;
        for (std::size_t each = 0; each < kSixth; ++each) sum += pcm[each];
        out[i] = static_cast<std::int16_t>(static_cast<float>(sum) / kSixth);
    }
}

}  // namespace

void slower(const std::int16_t* pcm, std::size_t count, std::uint8_t* codes) noexcept {
    std::array<std::int16_t, kTick / kSixth> some;
    while (count > 0) {
        const std::size_t now = std::min(count, some.size());
        average(pcm, now, some.data());
        encode(kPcmu, some.data(), now, codes);
        pcm += now * kSixth;
        codes += now;
        count -= now;
    }
}

void KeptSound::put(const std::int16_t* pcm, std::size_t count) {
    const std::lock_guard guard(mutex_);
    add(pcm, count);
}

void KeptSound::put_narrow(const std::int16_t* thirds, bool held) {
    const std::lock_guard guard(mutex_);
    std::array<std::int16_t, kTick> tick;
    if (!tail_.empty()) {
        for (std::size_t i = 0; i < kTick; ++i) tick[i] = thirds[i / kThird];
        return add(tick.data(), tick.size());
    }
    end_ += kTick;
    if (!slow_) return keep_as(held ? Kind::held : Kind::narrow, thirds);
    constexpr std::size_t kPair = kSixth / kThird;
    for (std::size_t i = 0; i < kTick / kSixth; ++i)
        tick[i] = static_cast<std::int16_t>((thirds[kPair * i] + thirds[kPair * i + 1]) / 2);
    keep_as(Kind::slow, tick.data());
}

void KeptSound::come_from(std::weak_ptr<SoundSource> source) {
    const std::lock_guard guard(mutex_);
    source_ = std::move(source);
}

void KeptSound::let_go(std::size_t place) {
    bring();
    const std::lock_guard guard(mutex_);
    tidy();
    if (place > start_) drop(place - start_);
}

std::size_t KeptSound::start() const {
    bring();
    const std::lock_guard guard(mutex_);
    tidy();
    return start_;
}

std::size_t KeptSound::end() const {
    bring();
    const std::lock_guard guard(mutex_);
    return end_;
}

void KeptSound::copy(std::size_t from, std::size_t to, KeptSound& part) const {
    bring();
    const std::lock_guard guard(mutex_);
    tidy();
    std::size_t at = start_;
    const auto within = [&](std::size_t samples, std::size_t place) { return std::min(place - std::min(place, at), samples); };
    for (const Piece& piece : pieces_) {
        const std::size_t every = step(piece.kind), size = piece.samples();
        const std::size_t first = within(size, from) / every, last = within(size, to) / every;
        if (first < last) {
            const std::size_t count = last - first;
            std::unique_ptr<std::uint8_t[]> codes(new std::uint8_t[count]);
            std::copy_n(piece.codes.get() + piece.first + first, count, codes.get());
            part.pieces_.push_back({piece.kind, 0, count, std::move(codes)});
            part.end_ += count * every;
        }
        at += size;
    }
    const std::size_t first = within(tail_.size(), from), last = within(tail_.size(), to);
    if (first >= last) return;
    part.tail_.assign(tail_.begin() + static_cast<std::ptrdiff_t>(first), tail_.begin() + static_cast<std::ptrdiff_t>(last));
    part.end_ += last - first;
}

std::vector<std::int16_t> KeptSound::pcm() const {
    bring();
    const std::lock_guard guard(mutex_);
    tidy();
    std::vector<std::int16_t> out, thirds;
    out.reserve(end_ - start_);
    for (const Piece& piece : pieces_) {
        if (piece.kind != Kind::narrow) settle(thirds, out);
        for (std::size_t code = piece.first; code < piece.last; ++code) {
            if (piece.kind == Kind::narrow)
                thirds.push_back(piece.level(code));
            else
                out.insert(out.end(), step(piece.kind), piece.level(code));
        }
    }
    settle(thirds, out);
    out.insert(out.end(), tail_.begin(), tail_.end());
    return out;
}

std::string KeptSound::codes() const {
    bring();
    const std::lock_guard guard(mutex_);
    tidy();
    std::string all;
    for (const Piece& piece : pieces_) all.append(piece.codes.get() + piece.first, piece.codes.get() + piece.last);
    return all;
}

std::vector<float> KeptSound::loudness(std::size_t frame) const {
    bring();
    const std::lock_guard guard(mutex_);
    tidy();
    Frames frames(end_ - start_, frame);
    for (const Piece& piece : pieces_) {
        const std::size_t every = kThird / std::min(kThird, step(piece.kind));
        frames.look(piece.samples(), [&](std::size_t which) { return piece.level(piece.first + every * which); });
    }
    frames.look(tail_.size(), [&](std::size_t which) { return tail_[kThird * which]; });
    return frames.squares();
}

// Not under the lock: the source has one of its own, under which it puts.
void KeptSound::bring() const {
    std::shared_ptr<SoundSource> source;
    {
        const std::lock_guard guard(mutex_);
        source = source_.lock();
    }
    if (source) source->bring();
}

// ---------------------------------------------------------------------------------------- under the lock

std::int16_t KeptSound::Piece::level(std::size_t code) const noexcept { return kUlaw[codes[code]]; }

// What has begun goes on where it can: a piece for each tick would take more room than it spares.
KeptSound::Kind KeptSound::kind_of(const std::int16_t* tick) const noexcept {
    if (slow_) return Kind::slow;
    const bool begun = room_ > 0;
    if (begun && kind_ == Kind::wide) return Kind::wide;
    if (is_held(tick)) return begun ? kind_ : Kind::held;
    return is_wide(tick) ? Kind::wide : Kind::narrow;
}

void KeptSound::add(const std::int16_t* pcm, std::size_t count) {
    end_ += count;
    if (!tail_.empty()) {
        const std::size_t some = std::min(count, kTick - tail_.size());
        tail_.insert(tail_.end(), pcm, pcm + some);
        pcm += some;
        count -= some;
        if (tail_.size() < kTick) return;
        const std::vector<std::int16_t> tick = std::exchange(tail_, {});
        keep(tick.data());
    }
    for (; count >= kTick; count -= kTick, pcm += kTick) keep(pcm);
    if (count > 0) tail_.assign(pcm, pcm + count);
}

void KeptSound::keep(const std::int16_t* tick) {
    const Kind kind = kind_of(tick);
    if (kind == Kind::wide) return keep_as(kind, tick);
    std::array<std::int16_t, kTick / kThird> samples;
    if (kind == Kind::slow)
        average(tick, kTick / kSixth, samples.data());
    else
        for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = tick[i * kThird];
    keep_as(kind, samples.data());
}

// The samples of a tick that are kept.
void KeptSound::keep_as(Kind kind, const std::int16_t* samples) {
    const std::size_t count = kTick / step(kind);
    if (room_ == 0 || kind != kind_) {
        tidy();
        pieces_.push_back({kind, 0, 0, std::unique_ptr<std::uint8_t[]>(new std::uint8_t[kTogether * count])});
        next_ = pieces_.back().codes.get();
        room_ = static_cast<std::uint16_t>(kTogether * count);
        kind_ = kind;
    }
    encode(kPcmu, samples, count, next_);
    next_ += count;
    room_ = static_cast<std::uint16_t>(room_ - count);
}

// Has the last piece end where it does, and no more kept than is to be.
void KeptSound::tidy() const noexcept {
    if (next_ != nullptr) pieces_.back().last = static_cast<std::size_t>(next_ - pieces_.back().codes.get());
    if (end_ - start_ > most_) drop(end_ - start_ - most_);
}

void KeptSound::drop(std::size_t count) const noexcept {
    for (auto piece = pieces_.begin(); count > 0 && piece != pieces_.end();) {
        const std::size_t size = piece->samples(), some = std::min(size, count / step(piece->kind) * step(piece->kind));
        piece->first += some / step(piece->kind);
        start_ += some;
        count -= some;
        if (some < size) return;
        // The last one may go on.
        piece = std::next(piece) == pieces_.end() ? pieces_.end() : pieces_.erase(piece);
    }
    const std::size_t some = std::min(count, tail_.size());
    tail_.erase(tail_.begin(), tail_.begin() + static_cast<std::ptrdiff_t>(some));
    start_ += some;
}

}  // namespace media
