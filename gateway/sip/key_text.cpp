// SPDX-License-Identifier: GPL-3.0-or-later

#include "key_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

namespace sip {

namespace {

constexpr std::string_view kKeys = "0123456789*#ABCD!";  // by their numbers
constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kEventBytes = 4;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

bool same_word(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

char key_of(std::string_view value) {
    if (value.size() == 1) {
        const char key = static_cast<char>(std::toupper(static_cast<unsigned char>(value.front())));
        return kKeys.find(key) != std::string_view::npos ? key : kNoKey;
    }
    std::size_t number = kKeys.size();
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = error == std::errc{} && end == value.data() + value.size();
    return whole && number < kKeys.size() ? kKeys[number] : kNoKey;
}

// What stands behind Signal= (or Signal:), on whatever line.
std::optional<std::string_view> signal_in(std::string_view text) {
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of("\r\n"), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto sign = line.find_first_of("=:");
        if (sign != std::string_view::npos && same_word(trimmed(line.substr(0, sign)), "Signal"))
            return trimmed(line.substr(sign + 1));
    }
    return std::nullopt;
}

KeyEvent event_of(unsigned number, unsigned flags) {
    constexpr unsigned kEnd = 0x80;
    return {number < kKeys.size() ? kKeys[number] : kNoKey, (flags & kEnd) != 0};
}

// The first two bytes that hexadecimal digits stand for; blanks between them mean nothing.
std::optional<std::array<unsigned, 2>> hexadecimal(std::string_view text) {
    std::array<unsigned, 2> bytes{};
    std::size_t digits = 0;
    for (const char c : text) {
        if (kBlank.find(c) != std::string_view::npos) continue;
        unsigned value = 0;
        if (std::from_chars(&c, &c + 1, value, 16).ec != std::errc{}) return std::nullopt;
        if (digits / 2 < bytes.size()) bytes[digits / 2] = bytes[digits / 2] << 4 | value;
        ++digits;
    }
    if (digits < 2 * kEventBytes) return std::nullopt;
    return bytes;
}

}  // namespace

char key_in(std::string_view text) { return key_of(signal_in(text).value_or(trimmed(text))); }

KeyEvent event_in(std::string_view body) {
    if (const auto bytes = hexadecimal(body)) return event_of((*bytes)[0], (*bytes)[1]);
    if (body.size() < kEventBytes) return {};
    return event_of(static_cast<unsigned char>(body[0]), static_cast<unsigned char>(body[1]));
}

}  // namespace sip
