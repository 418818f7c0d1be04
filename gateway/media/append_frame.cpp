// SPDX-License-Identifier: GPL-3.0-or-later
#include "append_frame.hpp"

#include <sys/random.h>

#include <cstring>
#include <random>

#include "processors.hpp"

namespace media {
namespace {

constexpr std::string_view kBefore = R"({"type":"input_audio_buffer.append","audio":")";
constexpr std::string_view kAfter = R"("})";
constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Two letters for each 12 bits.
const auto kPairs = [] {
    std::array<std::array<char, 2>, 4096> pairs{};
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kLetters[i >> 6], kLetters[i & 63]};
    return pairs;
}();

// Twelve bytes at a time become sixteen letters. Returns how many bytes did: four are left at least, as sixteen are read.
FOR_BYTE_SHUFFLES
std::size_t letters_of_most(char* out, const std::uint8_t* in, std::size_t size) noexcept {
    using Bytes = std::int8_t __attribute__((vector_size(16)));
    using Words = std::uint32_t __attribute__((vector_size(16)));
    constexpr Bytes kThrees = {1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10};
    // What is added to a number: from 26 to 51, of each of the digits, of the last two, below 26.
    constexpr Bytes kToLetter = {'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                                 '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0};
    std::size_t at = 0;
    for (; at + sizeof(Bytes) <= size; at += 12, out += sizeof(Bytes)) {
        Bytes bytes;
        std::memcpy(&bytes, in + at, sizeof bytes);
        bytes = __builtin_shuffle(bytes, kThrees);
        Words threes;  // the second byte, the first, the third, and the second again
        std::memcpy(&threes, &bytes, sizeof threes);
        const Words sixes = (threes >> 10 & 0x3F) | (threes << 4 & 0x3F00) | (threes >> 6 & 0x3F0000) | (threes << 8 & 0x3F000000);
        Bytes numbers;
        std::memcpy(&numbers, &sixes, sizeof numbers);
        const Bytes kind = ((numbers > 51) & (numbers - 51)) | ((numbers < 26) & 13);
        const Bytes letters = numbers + __builtin_shuffle(kToLetter, kind);
        std::memcpy(out, &letters, sizeof letters);
    }
    return at;
}

std::size_t letters_of_none(char*, const std::uint8_t*, std::size_t) noexcept { return 0; }

const auto letters_at_once = HAS_BYTE_SHUFFLES ? &letters_of_most : &letters_of_none;

// RFC 4648 section 4. Returns the end of what was written.
char* base64(char* out, const std::uint8_t* in, std::size_t size) noexcept {
    const std::size_t done = letters_at_once(out, in, size);
    out += done / 3 * 4;
    in += done;
    size -= done;
    for (; size >= 3; size -= 3, in += 3, out += 4) {
        const unsigned bits = static_cast<unsigned>(in[0]) << 16 | static_cast<unsigned>(in[1]) << 8 | in[2];
        std::memcpy(out, kPairs[bits >> 12].data(), 2);
        std::memcpy(out + 2, kPairs[bits & 4095].data(), 2);
    }
    if (size == 0) return out;
    const unsigned bits = static_cast<unsigned>(in[0]) << 16 | (size == 2 ? static_cast<unsigned>(in[1]) << 8 : 0U);
    std::memcpy(out, kPairs[bits >> 12].data(), 2);
    out[2] = size == 2 ? kLetters[bits >> 6 & 63] : '=';
    out[3] = '=';
    return out + 4;
}

char* put(char* out, std::string_view text) noexcept {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

// Up to seven bytes behind the end are changed as well.
void mask(char* bytes, std::size_t size, std::uint32_t key) noexcept {
    const std::uint64_t twice = static_cast<std::uint64_t>(key) << 32 | key;
    for (std::size_t i = 0; i < size; i += sizeof twice) {
        std::uint64_t word;
        std::memcpy(&word, bytes + i, sizeof word);
        word ^= twice;
        std::memcpy(bytes + i, &word, sizeof word);
    }
}

}  // namespace

std::uint32_t MaskKeys::next() noexcept {
    if (used_ == keys_.size()) {
        const auto size = static_cast<ssize_t>(sizeof keys_);
        // At once but for a signal or in the first seconds of a machine.
        if (getrandom(keys_.data(), sizeof keys_, 0) != size) {
            std::random_device device;
            for (auto& key : keys_) key = device();
        }
        used_ = 0;
    }
    return keys_[used_++];
}

std::string_view AppendFrame::make(const std::uint8_t* pcm, std::size_t size) noexcept {
    char* const payload = bytes_.data() + kHead;
    char* const end = put(base64(put(payload, kBefore), pcm, size), kAfter);
    const auto length = static_cast<std::size_t>(end - payload);
    const std::uint32_t key = keys_.next();
    bytes_[0] = static_cast<char>(0x81);  // final, text
    bytes_[1] = static_cast<char>(0x80 | 126);  // masked, length in two bytes
    bytes_[2] = static_cast<char>(length >> 8);
    bytes_[3] = static_cast<char>(length & 0xFF);
    std::memcpy(bytes_.data() + 4, &key, sizeof key);
    mask(payload, length, key);
    return {bytes_.data(), kHead + length};
}

}  // namespace media
