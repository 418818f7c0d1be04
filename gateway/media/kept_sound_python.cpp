// SPDX-License-Identifier: GPL-3.0-or-later
// gateway.media._kept_sound: what Python sees of sound that is kept (kept_sound.hpp). Knows neither PJSIP nor anything of
// calls.

#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "kept_sound.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using media::KeptSound;

constexpr std::size_t kSample = sizeof(std::int16_t);
constexpr std::size_t kSixth = 6;

std::vector<std::int16_t> samples_of(const nb::bytes& pcm) {
    std::vector<std::int16_t> samples(pcm.size() / kSample);
    if (!samples.empty()) std::memcpy(samples.data(), pcm.c_str(), samples.size() * kSample);
    return samples;
}

template <typename Value>
nb::bytes bytes_of(const std::vector<Value>& values) {
    return nb::bytes(values.data(), values.size() * sizeof(Value));
}

void put(KeptSound& kept, const nb::bytes& pcm) {
    const std::vector<std::int16_t> samples = samples_of(pcm);
    kept.put(samples.data(), samples.size());
}

// Places are samples there, and bytes in Python.
std::size_t place(std::int64_t bytes) { return static_cast<std::size_t>(std::max<std::int64_t>(bytes, 0)) / kSample; }

// In portions: memory for seconds of sound is new each time, and the system's pages cost more than the work.
nb::bytes slower(const nb::bytes& pcm) {
    constexpr std::size_t kPortion = 80;  // codes
    std::array<std::int16_t, kPortion * kSixth> samples;
    std::vector<std::uint8_t> codes(pcm.size() / kSample / kSixth);
    for (std::size_t at = 0; at < codes.size(); at += kPortion) {
        const std::size_t count = std::min(kPortion, codes.size() - at);
        std::memcpy(samples.data(), pcm.c_str() + at * kSixth * kSample, count * kSixth * kSample);
        media::slower(samples.data(), count, codes.data() + at);
    }
    return bytes_of(codes);
}

}  // namespace

NB_MODULE(_kept_sound, m) {
    m.def("slower", &slower, "pcm"_a);

    nb::class_<KeptSound>(m, "KeptSound", "See gateway.media.kept_sound.")
        .def(nb::new_([](const nb::bytes& pcm, std::int64_t most, bool slow) {
            auto made = std::make_shared<KeptSound>(most > 0 ? place(most) : KeptSound::kAll, slow);
            put(*made, pcm);
            return made;
        }), "pcm"_a = nb::bytes("", 0), "most"_a = 0, "slow"_a = false)
        .def("__len__", [](const KeptSound& kept) { return (kept.end() - kept.start()) * kSample; })
        .def_prop_ro("start", [](const KeptSound& kept) { return kept.start() * kSample; })
        .def_prop_ro("end", [](const KeptSound& kept) { return kept.end() * kSample; })
        .def("put", &put, "pcm"_a)
        .def("let_go", [](KeptSound& kept, std::int64_t before) { kept.let_go(place(before)); }, "before"_a)
        .def("between", [](const KeptSound& kept, std::int64_t start, std::int64_t stop) {
            auto part = std::make_shared<KeptSound>();
            kept.copy(place(start), place(stop), *part);
            return part;
        }, "start"_a, "stop"_a)
        .def("pcm", [](const KeptSound& kept) { return bytes_of(kept.pcm()); })
        .def("codes", [](const KeptSound& kept) {
            const std::string codes = kept.codes();
            return nb::bytes(codes.data(), codes.size());
        })
        .def("loudness", [](const KeptSound& kept, std::size_t frame) {
            if (frame < 3) throw nb::value_error("a frame has samples");
            return bytes_of(kept.loudness(frame));
        }, "frame"_a);
}
