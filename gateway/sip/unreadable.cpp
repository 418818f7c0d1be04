// SPDX-License-Identifier: GPL-3.0-or-later

#include "unreadable.hpp"

#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <utility>
#include <vector>

#include "gate.hpp"

namespace sip {

namespace {

constexpr std::string_view kVersion = "SIP/2.0";

std::string small(std::string_view text) {
    std::string written;
    for (const char c : text)
        if (c != ' ' && c != '\t') written += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return written;
}

// ------------------------------------------------------------------------------------------------- its lines

// The head's lines, those that go on in the next one in one piece (RFC 3261 section 7.3.1).
std::vector<std::string> lines_of(std::string_view message) {
    std::vector<std::string> lines;
    while (!message.empty()) {
        const std::size_t end = std::min(message.find('\n'), message.size());
        std::string_view line = message.substr(0, end);
        message.remove_prefix(std::min(end + 1, message.size()));
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (line.empty() && !lines.empty()) break;
        const bool goes_on = !line.empty() && (line[0] == ' ' || line[0] == '\t');
        if (goes_on && !lines.empty()) {
            lines.back().append(line);
        } else if (!line.empty()) {
            lines.emplace_back(line);
        }
    }
    return lines;
}

bool is_header(const std::string& line, std::string_view name, std::string_view compact) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return false;
    const std::string written = small(std::string_view(line).substr(0, colon));
    return written == name || (!compact.empty() && written == compact);
}

std::vector<std::string> headers_of(const std::vector<std::string>& lines, std::string_view name, std::string_view compact) {
    std::vector<std::string> found;
    std::copy_if(lines.begin(), lines.end(), std::back_inserter(found),
                 [&](const std::string& line) { return is_header(line, name, compact); });
    return found;
}

// -------------------------------------------------------------------------------------------------- its Via

// Where the first of several in a line ends.
std::size_t end_of_first(const std::string& via) { return std::min(via.find(','), via.size()); }

std::size_t asks_for_port(const std::string& via) {
    const std::string first = via.substr(0, end_of_first(via));
    const std::size_t at = first.find(";rport");
    if (at == std::string::npos) return at;
    const std::size_t after = first.find_first_not_of(" \t", at + 6);
    return after == std::string::npos || first[after] == ';' ? at + 6 : std::string::npos;
}

// ----------------------------------------------------------------------------------------------- what is wrong

struct Fault {
    int status;
    std::string_view reason;
};

Fault fault_of(const std::string& request_line) {
    const std::size_t first = request_line.find(' ');
    const std::size_t last = request_line.find_last_of(' ');
    const std::string_view uri = std::string_view(request_line).substr(first + 1, last - std::min(last, first) - 1);
    const std::string version = small(std::string_view(request_line).substr(last + 1));
    if (version.compare(0, 4, "sip/") == 0 && version != "sip/2.0") return {505, "Version Not Supported"};
    const std::string scheme = small(uri.substr(0, std::min(uri.find(':'), uri.size())));
    const bool named = uri.find(':') != std::string_view::npos && !scheme.empty() &&
                       std::isalpha(static_cast<unsigned char>(scheme[0])) != 0 &&
                       scheme.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") == std::string::npos;
    if (first < last && named && scheme != "sip" && scheme != "sips" && scheme != "tel")
        return {416, "Unsupported URI Scheme"};
    return {400, "Bad Request"};
}

std::string with_tag(std::string to, std::string_view tag) {
    if (small(to).find(";tag=") == std::string::npos) to.append(";tag=").append(tag);
    return to;
}

}  // namespace

std::string answer_to_unreadable(std::string_view request, std::string_view host, unsigned port, std::string_view tag, int given) {
    const std::vector<std::string> lines = lines_of(request);
    if (lines.empty()) return {};
    const std::string& first = lines.front();
    if (first.compare(0, 4, "SIP/") == 0 || first.compare(0, 4, "ACK ") == 0 || first.find(' ') == std::string::npos) return {};
    std::vector<std::string> vias = headers_of(lines, "via", "v");
    if (vias.empty()) return {};
    if (const std::size_t at = asks_for_port(vias.front()); at != std::string::npos)
        vias.front().insert(at, "=" + std::to_string(port) + ";received=" + std::string(host));
    const pj_str_t* const text = given != 0 ? pjsip_get_status_text(given) : nullptr;
    const auto [status, reason] =
        text == nullptr ? fault_of(first) : Fault{given, {text->ptr, static_cast<std::size_t>(text->slen)}};
    std::string answer = std::string(kVersion) + ' ' + std::to_string(status) + ' ' + std::string(reason) + "\r\n";
    const auto add = [&](const std::string& line) { answer.append(line).append("\r\n"); };
    std::for_each(vias.begin(), vias.end(), add);
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kCopied = {{{"from", "f"}, {"call-id", "i"}, {"cseq", ""}}};
    for (const auto& [name, compact] : kCopied)
        if (const auto found = headers_of(lines, name, compact); !found.empty()) add(found.front());
    if (const auto to = headers_of(lines, "to", "t"); !to.empty()) add(with_tag(to.front(), tag));
    return answer + "Content-Length: 0\r\n\r\n";
}

unsigned answered_at(std::string_view request, unsigned source) {
    const std::vector<std::string> vias = headers_of(lines_of(request), "via", "v");
    if (vias.empty() || asks_for_port(vias.front()) != std::string::npos) return source;
    const std::string via = vias.front().substr(0, std::min(vias.front().find(';'), end_of_first(vias.front())));
    const std::size_t colon = via.find_last_of(':');
    if (via.find_last_of(']') != std::string::npos && colon < via.find_last_of(']')) return source;
    const std::string digits = small(std::string_view(via).substr(colon + 1));
    const bool number = !digits.empty() && digits.size() <= 5 && digits.find_first_not_of("0123456789") == std::string::npos;
    const unsigned long port = number ? std::stoul(digits) : 0;
    return port > 0 && port <= 65535 ? static_cast<unsigned>(port) : source;
}

void answer_unreadable(const pjsip_rx_data* received, std::string_view request, int status) {
    const auto& packet = received->pkt_info;
    pjsip_transport* const transport = received->tp_info.transport;
    char written[PJ_GUID_MAX_LENGTH];
    pj_str_t tag{written, 0};
    pj_generate_unique_string(&tag);
    const std::string_view made(tag.ptr, static_cast<std::size_t>(tag.slen));
    const std::string answer =
        answer_to_unreadable(request, packet.src_name, static_cast<unsigned>(packet.src_port), made, status);
    if (answer.empty() || !gate::may_be_answered(packet.src_addr, request.size(), answer.size())) return;
    pj_sockaddr to = packet.src_addr;
    const bool datagram = (transport->flag & PJSIP_TRANSPORT_DATAGRAM) != 0;
    if (datagram)
        pj_sockaddr_set_port(&to, static_cast<pj_uint16_t>(answered_at(request, static_cast<unsigned>(packet.src_port))));
    pjsip_tpselector over{};
    over.type = PJSIP_TPSELECTOR_TRANSPORT;
    over.u.transport = transport;
    pjsip_endpt_send_raw(pjsua_get_pjsip_endpt(), static_cast<pjsip_transport_type_e>(transport->key.type), &over,
                         answer.data(), answer.size(), &to, packet.src_addr_len, nullptr, nullptr);
}

}  // namespace sip
