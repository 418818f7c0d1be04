// SPDX-License-Identifier: GPL-3.0-or-later
// gateway.media._kept_sound: what makes little of sound that may never be asked for again (kept_sound.py). Knows neither
// PJSIP nor anything of calls.
//
// Sound is 24 kHz. What came over a telephone line has nothing above 4 kHz, so that every third sample tells all of it,
// and their G.711 codes are what the line had: a sixth of the bytes. Of wideband sound all samples are kept, as codes.

#include <nanobind/nanobind.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "g711.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using Samples = std::vector<std::int16_t>;

// First byte of what is kept.
enum Kind : char { narrow = 'n', held = 'h', wide = 'w', raw = 'r' };

constexpr std::size_t kThird = 3;
constexpr std::size_t kReach = 8;       // samples of 8 kHz to either side of one that is put in between
constexpr std::size_t kWindow = 32;     // samples of 24 kHz that are looked at for what lies above 4 kHz
constexpr double kNothing = 3e-4;       // of the energy: -35 dB, where G.711's noise is
constexpr double kFaint = 4.0;          // energy of a sample that is rounding alone
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

Samples samples_of(const char* pcm, std::size_t bytes) {
    Samples samples(bytes / sizeof(std::int16_t));
    if (!samples.empty()) std::memcpy(samples.data(), pcm, samples.size() * sizeof(std::int16_t));
    return samples;
}

bool is_held(const Samples& samples) {
    for (std::size_t i = 0; i + 2 < samples.size(); i += kThird)
        if (samples[i] != samples[i + 1] || samples[i] != samples[i + 2]) return false;
    return true;
}

bool is_wide(const Samples& samples) {
    double above = 0.0, all = 0.0;
    std::size_t windows = 0;
    for (std::size_t at = 0; at + kWindow <= samples.size(); at += kWindow, ++windows) {
        float sum = 0.0F, energy = 0.0F;
        for (std::size_t k = 0; k < kWindow; ++k) {
            const auto sample = static_cast<float>(samples[at + k]);
            sum += sample * kAbove[k];
            energy += sample * sample;
        }
        above += static_cast<double>(sum) * static_cast<double>(sum);
        all += static_cast<double>(energy) / kWindow;
    }
    return above > kNothing * all + kFaint * static_cast<double>(windows);
}

Kind kind_of(const Samples& samples) {
    if (samples.size() % kThird != 0) return wide;
    if (is_held(samples)) return held;
    return is_wide(samples) ? wide : narrow;
}

nb::bytes keep(const nb::bytes& pcm) {
    const Samples samples = samples_of(pcm.c_str(), pcm.size());
    const Kind kind = kind_of(samples);
    const std::size_t step = kind == wide ? 1 : kThird;
    std::vector<char> kept(1 + samples.size() / step);
    kept[0] = kind;
    for (std::size_t i = 1; i < kept.size(); ++i)
        kept[i] = static_cast<char>(media::code_of(media::kUlawCodes, samples[(i - 1) * step]));
    return nb::bytes(kept.data(), kept.size());
}

// Sound of 8 kHz at 24; beyond both ends it stays as it is there.
void put_between(const Samples& thirds, Samples& out) {
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

void settle(Samples& thirds, Samples& out) {
    if (!thirds.empty()) put_between(thirds, out);
    thirds.clear();
}

// What was kept of a piece of sound.
struct Piece {
    Kind kind;
    std::string_view bytes;

    // Samples of 24 kHz.
    std::size_t size() const { return kind == raw ? bytes.size() / sizeof(std::int16_t) : bytes.size() * (kind == wide ? 1 : kThird); }
    std::int16_t level(std::size_t code) const { return media::kUlaw[static_cast<std::uint8_t>(bytes[code])]; }
};

// Valid for as long as the sequence has them.
std::vector<Piece> pieces_of(const nb::sequence& sequence) {
    std::vector<Piece> pieces;
    for (const nb::handle one : sequence) {
        const nb::bytes kept = nb::cast<nb::bytes>(one);
        if (kept.size() == 0) throw nb::value_error("what was kept says how");
        pieces.push_back({static_cast<Kind>(kept.c_str()[0]), {kept.c_str() + 1, kept.size() - 1}});
    }
    return pieces;
}

std::size_t size_of(const std::vector<Piece>& pieces) {
    std::size_t size = 0;
    for (const Piece& piece : pieces) size += piece.size();
    return size;
}

nb::bytes bring_back(const nb::sequence& sequence) {
    const std::vector<Piece> pieces = pieces_of(sequence);
    Samples out, thirds;
    out.reserve(size_of(pieces));
    for (const Piece& piece : pieces) {
        if (piece.kind != narrow) settle(thirds, out);
        if (piece.kind == raw) {
            const Samples as_it_is = samples_of(piece.bytes.data(), piece.bytes.size());
            out.insert(out.end(), as_it_is.begin(), as_it_is.end());
            continue;
        }
        for (std::size_t code = 0; code < piece.bytes.size(); ++code) {
            if (piece.kind == narrow)
                thirds.push_back(piece.level(code));
            else
                out.insert(out.end(), piece.kind == held ? kThird : 1, piece.level(code));
        }
    }
    settle(thirds, out);
    return nb::bytes(reinterpret_cast<const char*>(out.data()), out.size() * sizeof(std::int16_t));
}

// ---- how loud it is: each third sample tells that, as it is kept

class Frames {
public:
    // The last whole frames of so many samples.
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

nb::bytes loudness(const nb::sequence& sequence, std::size_t frame) {
    if (frame < kThird) throw nb::value_error("a frame has samples");
    const std::vector<Piece> pieces = pieces_of(sequence);
    Frames frames(size_of(pieces), frame);
    for (const Piece& piece : pieces) {
        const auto at = [&piece](std::size_t code) { return piece.level(code); };
        const auto third = [&piece](std::size_t which) { return piece.level(kThird * which); };
        const auto as_it_is = [&piece](std::size_t which) {
            std::int16_t sample;
            std::memcpy(&sample, piece.bytes.data() + kThird * which * sizeof sample, sizeof sample);
            return sample;
        };
        if (piece.kind == raw)
            frames.look(piece.size(), as_it_is);
        else if (piece.kind == wide)
            frames.look(piece.size(), third);
        else
            frames.look(piece.size(), at);
    }
    const std::vector<float> squares = frames.squares();
    return nb::bytes(squares.data(), squares.size() * sizeof(float));
}

}  // namespace

NB_MODULE(_kept_sound, m) {
    m.def("keep", &keep, "pcm"_a, "Return PCM16 of 24 kHz in few bytes.");
    m.def("bring_back", &bring_back, "pieces"_a, "Return kept pieces, one after the other, as PCM16 of 24 kHz.");
    m.def("loudness", &loudness, "pieces"_a, "frame"_a,
          "Return the mean square of the last whole frames of kept pieces, by each third sample, float32.");
}
