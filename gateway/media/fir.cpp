// SPDX-License-Identifier: GPL-3.0-or-later
// gateway.media._fir: the inner loop of gateway/media/resample.py. Knows neither PJSIP nor anything of calls.

#include <nanobind/nanobind.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace nb = nanobind;
using namespace nb::literals;

// Eight sums side by side: a compiler may not reorder one sum of floats, but it may fill a register with these.
constexpr std::size_t kLanes = 8;

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2,fma", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

namespace {

FOR_EACH_PROCESSOR
void decimated(const float* in, const float* taps, std::size_t padded, std::size_t ratio, std::int16_t* out,
               std::size_t count) {
    for (std::size_t n = 0; n < count; ++n, in += ratio) {
        float sums[kLanes] = {};
        for (std::size_t k = 0; k < padded; k += kLanes) {
            for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += in[k + lane] * taps[k + lane];
        }
        const float sum = ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
        out[n] = static_cast<std::int16_t>(std::lrintf(std::min(std::max(sum, -32768.0F), 32767.0F)));
    }
}

nb::bytes decimate(const nb::bytes& pcm, const nb::bytes& taps, std::size_t ratio) {
    const std::size_t samples = pcm.size() / sizeof(std::int16_t), length = taps.size() / sizeof(float);
    if (ratio == 0 || length == 0) throw nb::value_error("a filter has taps, and a ratio is 1 or more");
    const std::size_t count = samples < length ? 0 : (samples - length) / ratio + 1;
    const std::size_t padded = (length + kLanes - 1) / kLanes * kLanes;
    std::vector<float> filter(padded), in(samples + kLanes);  // what lies beyond both ends is zero
    std::memcpy(filter.data(), taps.c_str(), length * sizeof(float));
    const char* bytes = pcm.c_str();
    for (std::size_t n = 0; n < samples; ++n) {
        std::int16_t sample;
        std::memcpy(&sample, bytes + n * sizeof sample, sizeof sample);
        in[n] = sample;
    }
    std::vector<std::int16_t> out(count);
    decimated(in.data(), filter.data(), padded, ratio, out.data(), count);
    return nb::bytes(out.data(), count * sizeof(std::int16_t));
}

}  // namespace

NB_MODULE(_fir, m) {
    m.def("decimate", &decimate, "pcm"_a, "taps"_a, "ratio"_a,
          "Filter PCM16 with float32 taps, keep every ratio-th sample that the filter covers whole.");
}
