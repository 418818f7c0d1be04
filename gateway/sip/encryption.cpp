// SPDX-License-Identifier: GPL-3.0-or-later

#include "encryption.hpp"

#include <pjsua-lib/pjsua_internal.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "answers.hpp"
#include "audio_hosts.hpp"
#include "line_of.hpp"

namespace sip {

namespace {

constexpr std::array kPlain = {"RTP/AVP", "RTP/AVPF"};
constexpr std::array kSdes = {"RTP/SAVP", "RTP/SAVPF"};
constexpr std::array kDtls = {"UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"};

template <typename Names>
bool is_one_of(const pj_str_t& profile, const Names& names) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return pj_stricmp2(&profile, name) == 0; });
}

// ------------------------------------------------------------------------------------ keys in the signalling

// What stack.py offers, and how long its keys are in base64.
struct Suite {
    std::string_view name;
    std::size_t key;
};
constexpr std::array<Suite, 2> kSuites = {{{"AES_CM_128_HMAC_SHA1_80", 40}, {"AES_256_CM_HMAC_SHA1_80", 62}}};

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words(1);
    for (const char c : text) {
        if (c != ' ') {
            words.back() += c;
        } else if (!words.back().empty()) {
            words.emplace_back();
        }
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

// One key, without a name of its own: packets would carry that, and nobody here looks for it (RFC 4568 section 6.1).
bool is_one_key(std::string_view keys, std::size_t length) {
    constexpr std::string_view kMethod = "inline:";
    if (keys.substr(0, kMethod.size()) != kMethod || keys.find(';') != std::string_view::npos) return false;
    keys.remove_prefix(kMethod.size());
    const std::string_view key = keys.substr(0, keys.find('|'));
    if (keys.find(':', key.size()) != std::string_view::npos) return false;
    const std::string_view bits = key.substr(0, key.find('='));
    const bool plain = std::all_of(bits.begin(), bits.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/';
    });
    return plain && bits.size() == length && key.size() % 4 == 0;
}

// A parameter changes how packets are protected, but for the size of a window, and for what may be left out.
bool may_be_ignored(const std::string& parameter) { return parameter[0] == '-' || parameter.compare(0, 4, "WSH=") == 0; }

// RFC 4568 section 9.1: tag, suite, keys, and parameters.
bool is_usable(const pjmedia_sdp_attr& attribute) {
    const std::vector<std::string> words = words_of(view(attribute.value));
    if (words.size() < 3 || words[0].size() > 9 || (words[0].size() > 1 && words[0][0] == '0')) return false;
    if (words[0].find_first_not_of("0123456789") != std::string::npos) return false;
    const auto suite = std::find_if(kSuites.begin(), kSuites.end(), [&](const Suite& one) { return one.name == words[1]; });
    return suite != kSuites.end() && is_one_key(words[2], suite->key) &&
           std::all_of(words.begin() + 3, words.end(), &may_be_ignored);
}

bool is_key(const pjmedia_sdp_attr& attribute) { return pj_strcmp2(&attribute.name, "crypto") == 0; }

bool has_usable_key(const pjmedia_sdp_media& media) {
    return std::any_of(media.attr, media.attr + media.attr_count,
                       [](const pjmedia_sdp_attr* one) { return is_key(*one) && is_usable(*one); });
}

AudioPolicy of_account(const Line& line) {
    AudioPolicy wanted;
    wanted.four = may_have_audio(line.call, false);
    wanted.six = may_have_audio(line.call, true);
    if (line.account < 0 || !pjsua_acc_is_valid(line.account)) return wanted;
    const pjsua_acc_config& config = pjsua_var.acc[line.account].cfg;
    if (config.use_srtp == PJMEDIA_SRTP_DISABLED) return wanted;
    const auto* const keying = config.srtp_opt.keying;
    const auto* const end = keying + config.srtp_opt.keying_count;
    wanted.plain = config.use_srtp != PJMEDIA_SRTP_MANDATORY;
    wanted.sdes = true;
    wanted.dtls = std::find(keying, end, PJMEDIA_SRTP_KEYING_DTLS_SRTP) != end;
    return wanted;
}

}  // namespace

AudioPolicy audio_policy_of(pjsua_call_id call) { return of_account(line_of(call)); }

AudioPolicy audio_policy_of(const pjsip_rx_data* message) { return of_account(line_of(message)); }

bool is_encrypted(const pjmedia_sdp_media& media) {
    return is_one_of(media.desc.transport, kSdes) || is_one_of(media.desc.transport, kDtls);
}

bool fits(const pjmedia_sdp_media& media, const AudioPolicy& wanted) {
    if (is_one_of(media.desc.transport, kDtls)) return wanted.dtls;
    if (is_one_of(media.desc.transport, kSdes)) return wanted.sdes && has_usable_key(media);
    return wanted.plain && is_one_of(media.desc.transport, kPlain);
}

void keep_usable_keys(pjmedia_sdp_media& media) {
    std::vector<std::string> tags;  // of several keys with one tag an answer would name none
    for (unsigned i = 0; i < media.attr_count;) {
        const pjmedia_sdp_attr& attribute = *media.attr[i];
        const std::string tag = is_key(attribute) && is_usable(attribute) ? words_of(view(attribute.value))[0] : "";
        if (!is_key(attribute) || (!tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end())) {
            if (is_key(attribute)) tags.push_back(tag);
            ++i;
        } else {
            pjmedia_sdp_media_remove_attr(&media, media.attr[i]);
        }
    }
}

}  // namespace sip
