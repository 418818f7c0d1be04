// SPDX-License-Identifier: GPL-3.0-or-later
// Which tone, or which two, the last 40 ms of a caller's sound consist of, if of nothing else.
//
// Spectrum of 40 ms under a Hann window, anew every 20 ms, from 250 to 2275 Hz in steps of 25: tones of networks
// (ITU-T E.180 supplement 2), of recorders and of fax machines lie there. The window is applied to the spectrum, so
// that each half is transformed once.
//
// At 8 kHz, some 27 000 multiplications a tick. Nothing here allocates or waits. Not thread-safe.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "voice.hpp"

namespace media {

// What was heard.
struct ToneWindow {
    enum class Kind : std::uint8_t {
        quiet,
        other,   // speech, music, noise
        single,  // one tone; two that are so close that they beat, as 440 and 480 Hz, count as the one between them
        busy,    // 480 and 620 Hz
        dial,    // 350 and 440 Hz
    };

    Kind kind = Kind::quiet;
    float hertz = 0.0F;  // of a single one
    float level = 0.0F;  // energy of a sample in the mean

    bool tonal() const noexcept { return kind != Kind::quiet && kind != Kind::other; }
};

class ToneSpectrum {
public:
    static constexpr std::size_t kBins = 84;

    // The window that ends with this tick.
    ToneWindow hear(const VoiceTick& tick) noexcept;

private:
    using Row = std::array<float, kBins>;

    struct Half {
        Row real{};
        Row imaginary{};
        float rising = 0.0F;   // energy under the window's first half,
        float falling = 0.0F;  // and under its second
    };

    static Half analysed(const VoiceTick& tick) noexcept;
    ToneWindow window(const Half& now) const noexcept;
    Row powers(const Half& now) const noexcept;

    Half before_;
};

}  // namespace media
