// SPDX-License-Identifier: GPL-3.0-or-later
#include "append_frame.hpp"

#include <sys/random.h>

#include <cstring>
#include <random>

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

// RFC 4648 section 4. Returns the end of what was written.
char* base64(char* out, const std::uint8_t* in, std::size_t size) noexcept {
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
