// SPDX-License-Identifier: GPL-3.0-or-later
#include "packed_sound.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "processors.hpp"

namespace media {
namespace {

constexpr std::ptrdiff_t kSample = sizeof(std::int16_t);  // bytes
constexpr std::size_t kTogether = 16;

// Numbers are written four at a time, which begin with a byte or in its middle: eight bytes have room for them.
constexpr std::size_t kFew = 4;
using Few = std::uint64_t;
constexpr std::size_t kMost = 1 + kTogether * sizeof(std::int16_t);  // bytes of sixteen, the spare ones of the last four included

// Small numbers of either sign as small ones without.
std::uint16_t folded(std::uint16_t difference) noexcept {
    const auto sign = static_cast<std::uint16_t>(-(difference >> 15));
    return static_cast<std::uint16_t>(static_cast<std::uint16_t>(difference << 1) ^ sign);
}

std::uint32_t unfolded(std::uint32_t code) noexcept { return (code >> 1) ^ (0U - (code & 1U)); }

unsigned bits_of(std::uint32_t all) noexcept { return all == 0 ? 0U : 32U - static_cast<unsigned>(__builtin_clz(all)); }

using Codes = std::array<std::uint16_t, kTogether>;

// Of sixteen samples, behind two that were before.
Codes codes_of(const char* pcm) noexcept {
    const auto sample = [](const char* bytes) {
        std::uint16_t one;
        std::memcpy(&one, bytes, sizeof one);
        return one;
    };
    Codes codes;
    for (std::uint16_t& code : codes) {
        code = folded(static_cast<std::uint16_t>(sample(pcm) - 2 * sample(pcm - kSample) + sample(pcm - 2 * kSample)));
        pcm += kSample;
    }
    return codes;
}

// Returns the end of what was written.
std::uint8_t* pack(const Codes& codes, std::uint8_t* out) noexcept {
    std::uint16_t all = 0;
    for (const std::uint16_t code : codes) all |= code;
    const unsigned bits = bits_of(all);
    *out++ = static_cast<std::uint8_t>(bits);
    Few begun = 0;  // the first half of a byte
    for (std::size_t i = 0; i < kTogether; i += kFew) {
        const std::size_t at = i * bits;
        Few some = 0;
        for (std::size_t j = kFew; j-- > 0;) some = some << bits | codes[i + j];
        some = some << at % 8 | begun;
        std::memcpy(out + at / 8, &some, sizeof some);
        const std::size_t end = at + kFew * bits;
        begun = end % 8 == 0 ? 0 : some >> (end / 8 - at / 8) * 8;
    }
    return out + kTogether * bits / 8;
}

using Fours = std::uint64_t __attribute__((vector_size(32)));
using Samples = std::uint16_t __attribute__((vector_size(32)));

// Each of eight becomes the sum of all up to it, and each of the other eight.
FOR_BYTE_SHUFFLES
inline void sum_up(Samples& samples) noexcept {
    constexpr Samples kFourths = {3, 3, 3, 3, 3, 3, 3, 3, 11, 11, 11, 11, 11, 11, 11, 11};
    constexpr Samples kSecondFours = {0, 0, 0, 0, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0, 0, 0, 0, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF};
    samples += reinterpret_cast<Samples>(reinterpret_cast<Fours>(samples) << 16);
    samples += reinterpret_cast<Samples>(reinterpret_cast<Fours>(samples) << 32);
    samples += __builtin_shuffle(samples, kFourths) & kSecondFours;
}

// So many sixteens, or those that are there, each at one go: its lines through two samples before are summed up from
// nothing, and what was before is added. Returns how many there were, of whose bytes `next` is the end then.
FOR_BYTE_SHUFFLES
std::size_t unpack_at_once(const std::uint8_t*& next, const std::uint8_t* end, std::size_t sixteens, std::uint32_t& last,
                           std::uint32_t& step, std::int16_t* out) noexcept {
    constexpr Samples kPlaces = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    constexpr Samples kPlacesInSecond = {0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
    constexpr Samples kSecond = {0, 0, 0, 0, 0, 0, 0, 0, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF};
    constexpr Samples kEighths = {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7};
    constexpr Samples kLast = {15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15};
    constexpr Samples kInOrder = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
    constexpr Fours kOdd = {0, ~std::uint64_t{0}, 0, ~std::uint64_t{0}};
    constexpr Fours kUpper = {0, 0, ~std::uint64_t{0}, ~std::uint64_t{0}};
    Samples lasts = Samples{} + static_cast<std::uint16_t>(last), steps = Samples{} + static_cast<std::uint16_t>(step);
    const std::uint8_t* bytes = next;
    std::size_t done = 0;
    for (; done < sixteens && bytes != end; ++done, out += kTogether) {
        const std::size_t bits = *bytes++;
        const Fours mask = Fours{} + ((std::uint64_t{1} << bits) - 1);
        const Fours apart = Fours{} + bits, shifts = (apart & kOdd) + ((apart << 1) & kUpper);
        Fours codes = {};
        for (std::size_t group = 0; group < kTogether / kFew; ++group) {
            const std::size_t at = group * kFew * bits;
            Few some;
            std::memcpy(&some, bytes + at / 8, sizeof some);
            codes |= ((Fours{} + (some >> at % 8)) >> shifts & mask) << 16 * group;
        }
        bytes += 2 * bits;
        Samples sums = __builtin_shuffle(reinterpret_cast<Samples>(codes), kInOrder);
        sums = (sums >> 1) ^ -(sums & 1);
        sum_up(sums);
        const Samples eighths = __builtin_shuffle(sums, kEighths);
        Samples line = sums;
        sum_up(line);
        line += (__builtin_shuffle(line, kEighths) & kSecond) + kPlacesInSecond * eighths;
        const Samples samples = lasts + steps * kPlaces + line;
        std::memcpy(out, &samples, sizeof samples);
        lasts += (steps << 4) + __builtin_shuffle(line, kLast);
        steps += eighths + __builtin_shuffle(sums, kLast);
    }
    last = lasts[0];
    step = steps[0];
    next = bytes;
    return done;
}

const auto unpack_sixteens = HAS_BYTE_SHUFFLES ? &unpack_at_once : nullptr;

// Of the first sixteen, before which there is silence, or of the last ones, behind which there are zeros.
Codes codes_at_an_end(const char* pcm, bool begun, std::size_t count) noexcept {
    std::array<char, (2 + kTogether) * kSample> apart{};
    char* const first = apart.data() + 2 * kSample;
    const std::ptrdiff_t before = begun ? 2 * kSample : 0;
    std::copy(pcm - before, pcm + count * sizeof(std::int16_t), first - before);
    Codes codes = codes_of(first);
    std::fill(codes.begin() + static_cast<std::ptrdiff_t>(count), codes.end(), std::uint16_t{0});
    return codes;
}

}  // namespace

PackedSound::PackedSound(const char* pcm, std::size_t count) : size_(count) {
    SoundBlock* block = nullptr;
    std::uint8_t* out = nullptr;
    std::size_t room = 0;
    for (std::size_t at = 0; at < count; at += kTogether, pcm += kTogether * kSample) {
        if (room < kMost) {
            SoundBlock* const another = SoundBlocks::take();
            if (block == nullptr) {
                blocks_.reset(another);
            } else {
                block->next = another;
            }
            block = another;
            out = block->bytes.data();
            room = block->bytes.size();
        }
        Codes codes;
        if (const std::size_t here = std::min(kTogether, count - at); at > 0 && here == kTogether) {
            codes = codes_of(pcm);
        } else {
            codes = codes_at_an_end(pcm, at > 0, here);
        }
        std::uint8_t* const end = pack(codes, out);
        room -= static_cast<std::size_t>(end - out);
        block->end = out = end;
    }
    begin_block();
}

void PackedSound::begin_block() noexcept {
    next_ = blocks_ ? blocks_->bytes.data() : nullptr;
    end_ = blocks_ ? blocks_->end : nullptr;
}

const std::uint8_t* PackedSound::next_behind(std::size_t count) const noexcept {
    const bool in_one = static_cast<std::size_t>(end_ - next_) >= count || blocks_->next == nullptr;
    return in_one ? nullptr : blocks_->next->bytes.data();
}

void PackedSound::take(std::int16_t* out, std::size_t count) noexcept {
    std::array<std::int16_t, kTogether> samples;
    while (count > 0) {
        const std::size_t first = position_ % kTogether, sixteens = first == 0 ? count / kTogether : 0;
        if (sixteens > 0 && unpack_sixteens != nullptr) {
            const std::size_t done = kTogether * unpack_sixteens(next_, end_, sixteens, line_.last, line_.step, out);
            out += done;
            count -= done;
            position_ += done;
            if (next_ == end_) leave_block();
            continue;
        }
        const std::size_t some = std::min(count, kTogether - first);
        const bool whole = some == kTogether;
        const Line after = unpack(whole ? out : samples.data());
        if (!whole) std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(first), some, out);
        out += some;
        count -= some;
        position_ += some;
        if (first + some == kTogether) {
            next_ += 1 + 2U * *next_;
            line_ = after;
            if (next_ == end_) leave_block();
        }
    }
}

void PackedSound::leave_block() noexcept {
    blocks_.reset(std::exchange(blocks_->next, nullptr));
    begin_block();
}

// Sixteen samples.
PackedSound::Line PackedSound::unpack(std::int16_t* out) const noexcept {
    const unsigned bits = *next_;
    const std::uint8_t* const codes = next_ + 1;
    const Few mask = (Few{1} << bits) - 1;
    Line line = line_;
    for (std::size_t i = 0; i < kTogether; i += kFew) {
        const std::size_t at = i * bits;
        Few some;
        std::memcpy(&some, codes + at / 8, sizeof some);
        some >>= at % 8;
        for (std::size_t j = 0; j < kFew; ++j, some >>= bits) {
            line.step += unfolded(static_cast<std::uint32_t>(some & mask));
            line.last += line.step;
            out[i + j] = static_cast<std::int16_t>(line.last);
        }
    }
    return line;
}

}  // namespace media
