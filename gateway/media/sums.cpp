// SPDX-License-Identifier: GPL-3.0-or-later
// gateway.media._sums: sums over sound that numpy forms in many steps: the inner loops of gateway/conversation/likeness.py,
// which says what they are good for; sound is mu-law codes there. Knows neither PJSIP nor anything of calls.

#include <nanobind/nanobind.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "g711.hpp"
#include "processors.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

// Sums side by side: a compiler may not reorder one sum of floats, but it may fill a register with these.
constexpr std::size_t kLanes = 16;

FOR_EACH_PROCESSOR
float product(const float* a, const float* b, std::size_t size) {
    float sums[kLanes] = {};
    std::size_t at = 0;
    for (; at + kLanes <= size; at += kLanes)
        for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[at + lane] * b[at + lane];
    for (; at < size; ++at) sums[0] += a[at] * b[at];
    float sum = 0;
    for (const float one : sums) sum += one;
    return sum;
}

void decode(const char* codes, std::vector<float>& samples) {
    for (float& sample : samples) sample = media::kUlaw[static_cast<std::uint8_t>(*codes++)];
}

std::vector<float> floats(const nb::bytes& codes) {
    std::vector<float> samples(codes.size());
    decode(codes.c_str(), samples);
    return samples;
}

// Sums of the first 0, 1, 2 ... of some values, and of their squares.
class Running {
public:
    template <typename Value>
    Running(const Value* values, std::size_t size) : sums_(size + 1), squares_(size + 1) {
        for (std::size_t at = 0; at < size; ++at) {
            const auto value = static_cast<double>(values[at]);
            sums_[at + 1] = sums_[at] + value;
            squares_[at + 1] = squares_[at] + value * value;
        }
    }
    double sum(std::size_t at, std::size_t count) const { return sums_[at + count] - sums_[at]; }
    // The sum of squares of `count` values from `at` on, of how far each is from their mean.
    double spread(std::size_t at, std::size_t count) const {
        const double all = sum(at, count);
        return squares_[at + count] - squares_[at] - all * all / static_cast<double>(count);
    }

private:
    std::vector<double> sums_, squares_;
};

// Of each whole frame, decoded one at a time: all of them would take new memory, whose pages cost more than the work.
std::vector<float> energies(const nb::bytes& sound, std::size_t frame) {
    std::vector<float> energy(frame == 0 ? 0 : sound.size() / frame), samples(frame);
    const char* next = sound.c_str();
    for (std::size_t at = 0; at < energy.size(); ++at, next += frame) {
        decode(next, samples);
        energy[at] = product(samples.data(), samples.data(), frame);
    }
    return energy;
}

std::vector<float> course(const nb::bytes& sound, std::size_t frame) {
    std::vector<float> loudness = energies(sound, frame);
    for (float& level : loudness) level = std::sqrt(level / static_cast<float>(frame));
    return loudness;
}

// Takes the mean away; returns it.
double centre(std::vector<float>& values) {
    double sum = 0;
    for (const float value : values) sum += static_cast<double>(value);
    const double mean = sum / static_cast<double>(values.size());
    for (float& value : values) value = static_cast<float>(static_cast<double>(value) - mean);
    return mean;
}

std::size_t loudest_frame(const nb::bytes& sound, std::size_t frame, std::size_t count) {
    const std::vector<float> energy = energies(sound, frame);
    if (count == 0 || energy.size() < count) throw nb::value_error("a sound is as long as what is looked for in it");
    const Running sums(energy.data(), energy.size());
    std::size_t best = 0;
    for (std::size_t at = 1; at + count <= energy.size(); ++at)
        if (sums.sum(at, count) > sums.sum(best, count)) best = at;
    return best;
}

nb::object same_course(const nb::bytes& piece, const nb::bytes& said, std::size_t frame, double steady, double same) {
    std::vector<float> own = course(piece, frame);
    const std::vector<float> all = course(said, frame);
    if (own.empty()) throw nb::value_error("a piece has one frame at least");
    const double mean = centre(own);
    const auto power = static_cast<double>(product(own.data(), own.data(), own.size()));
    if (std::sqrt(power / static_cast<double>(own.size())) <= steady * mean) return nb::none();
    nb::list worth;
    const Running sums(all.data(), all.size());
    for (std::size_t at = 0; at + own.size() <= all.size(); ++at) {
        const double spread = std::sqrt(std::max(sums.spread(at, own.size()), 1e-9) * power);
        if (static_cast<double>(product(all.data() + at, own.data(), own.size())) >= same * spread) worth.append(at);
    }
    return worth;
}

nb::list correlation(const nb::bytes& piece, const nb::bytes& said, double faint, double weakest, double least) {
    std::vector<float> own = floats(piece);
    const std::vector<float> all = floats(said);
    const std::size_t count = own.size();
    if (count == 0 || all.size() < count) throw nb::value_error("a piece is shorter than what it is looked for in");
    centre(own);
    const auto power = static_cast<double>(product(own.data(), own.data(), count));
    const double softest = faint * faint * static_cast<double>(count);
    nb::list places;
    if (power < softest) return places;
    const Running sums(all.data(), all.size());
    for (std::size_t at = 0; at + count <= all.size(); ++at) {
        const double other = sums.spread(at, count);
        if (other < softest || power < weakest * weakest * other) continue;
        const double alike = static_cast<double>(product(all.data() + at, own.data(), count)) / std::sqrt(other * power);
        if (alike >= least) places.append(nb::make_tuple(at, alike));
    }
    return places;
}

}  // namespace

NB_MODULE(_sums, m) {
    m.def("loudest_frame", &loudest_frame, "sound"_a, "frame"_a, "count"_a,
          "Return the frame from which `count` of them have the most energy, the first of several.");
    m.def("same_course", &same_course, "piece"_a, "said"_a, "frame"_a, "steady"_a, "same"_a,
          "Return the frames of `said` from which its loudness goes like the piece's; None if that is steady.");
    m.def("correlation", &correlation, "piece"_a, "said"_a, "faint"_a, "weakest"_a, "least"_a,
          "Return the places of `said` from which it is like the piece, at least so much, each with how alike.");
}
