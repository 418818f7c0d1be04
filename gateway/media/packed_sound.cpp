// SPDX-License-Identifier: GPL-3.0-or-later
#include "packed_sound.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace media {
namespace {

constexpr std::size_t kSpare = 3;  // bytes after the last ones, which are read with them and not used

// Small numbers of either sign as small ones without.
std::uint16_t folded(std::uint16_t difference) noexcept {
    const auto sign = static_cast<std::uint16_t>(-(difference >> 15));
    return static_cast<std::uint16_t>(static_cast<std::uint16_t>(difference << 1) ^ sign);
}

std::uint16_t unfolded(std::uint32_t code) noexcept { return static_cast<std::uint16_t>((code >> 1) ^ (0U - (code & 1U))); }

unsigned bits_of(std::uint32_t all) noexcept { return all == 0 ? 0U : 32U - static_cast<unsigned>(__builtin_clz(all)); }

}  // namespace

PackedSound::PackedSound(const char* pcm, std::size_t count) : size_(count) {
    std::vector<std::uint8_t> packed;
    packed.reserve(count + kTogether + kSpare);
    Line line;
    for (std::size_t at = 0; at < count; at += kTogether) {
        std::array<std::uint16_t, kTogether> codes{};
        std::uint32_t all = 0;
        for (std::size_t i = 0; i < std::min(kTogether, count - at); ++i) {
            std::uint16_t sample;
            std::memcpy(&sample, pcm + (at + i) * sizeof sample, sizeof sample);
            codes[i] = folded(static_cast<std::uint16_t>(sample - line.next()));
            all |= codes[i];
            line.go_on(sample);
        }
        const unsigned bits = bits_of(all);
        packed.push_back(static_cast<std::uint8_t>(bits));
        std::uint32_t waiting = 0;
        unsigned filled = 0;
        for (const std::uint16_t code : codes) {
            waiting |= static_cast<std::uint32_t>(code) << filled;
            for (filled += bits; filled >= 8; filled -= 8, waiting >>= 8) packed.push_back(static_cast<std::uint8_t>(waiting));
        }
    }
    bytes_.reset(new std::uint8_t[packed.size() + kSpare]());
    std::copy(packed.begin(), packed.end(), bytes_.get());
}

void PackedSound::take(std::int16_t* out, std::size_t count) noexcept {
    std::array<std::int16_t, kTogether> samples;
    while (count > 0) {
        const std::size_t first = position_ % kTogether, some = std::min(count, kTogether - first);
        const bool whole = some == kTogether;
        const Line after = unpack(whole ? out : samples.data());
        if (!whole) std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(first), some, out);
        out += some;
        count -= some;
        position_ += some;
        if (first + some == kTogether) {
            next_ += 1 + 2U * bytes_[next_];
            line_ = after;
        }
    }
}

// Sixteen samples.
PackedSound::Line PackedSound::unpack(std::int16_t* out) const noexcept {
    const unsigned bits = bytes_[next_];
    const std::uint8_t* const codes = bytes_.get() + next_ + 1;
    const std::uint32_t mask = (1U << bits) - 1;
    Line line = line_;
    for (std::size_t i = 0; i < kTogether; ++i) {
        const std::uint8_t* const byte = codes + i * bits / 8;
        const std::uint32_t word = byte[0] | static_cast<std::uint32_t>(byte[1]) << 8 | static_cast<std::uint32_t>(byte[2]) << 16;
        const auto sample = static_cast<std::uint16_t>(line.next() + unfolded(word >> (i * bits % 8) & mask));
        out[i] = static_cast<std::int16_t>(sample);
        line.go_on(sample);
    }
    return line;
}

}  // namespace media
