// SPDX-License-Identifier: GPL-3.0-or-later
#include "opus_format.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace sip {
namespace {

constexpr unsigned long kNarrow = 8000;
constexpr unsigned long kWide = 16000;

std::string trimmed_and_small(const std::string& text) {
    std::string out;
    for (const char c : text)
        if (std::isspace(static_cast<unsigned char>(c)) == 0)
            out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

// Too long to be a rate is as good as the highest.
unsigned long number(const std::string& text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    return digits > 9 ? kWide : digits == 0 ? 0 : std::stoul(text.substr(0, digits));
}

std::string bounded(const std::string& parameter) {
    const std::size_t equals = parameter.find('=');
    if (equals == std::string::npos) return parameter;
    const std::string name = trimmed_and_small(parameter.substr(0, equals));
    const std::string value = trimmed_and_small(parameter.substr(equals + 1));
    if (name == "stereo" && value != "0") return "stereo=0";
    if (name == "maxplaybackrate") {
        const unsigned long rate = number(value) < kWide ? kNarrow : kWide;
        if (number(value) != rate) return "maxplaybackrate=" + std::to_string(rate);
    }
    return parameter;
}

}  // namespace

std::string opus_bounded(const std::string& fmtp) {
    const std::size_t format = fmtp.find(' ');
    if (format == std::string::npos) return fmtp;
    std::string out = fmtp.substr(0, format + 1);
    for (std::size_t begin = format + 1;;) {
        const std::size_t end = std::min(fmtp.find(';', begin), fmtp.size());
        out += bounded(fmtp.substr(begin, end - begin));
        if (end == fmtp.size()) return out;
        out += ';';
        begin = end + 1;
    }
}

}  // namespace sip
