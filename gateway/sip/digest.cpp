// SPDX-License-Identifier: GPL-3.0-or-later

#include "digest.hpp"

#include <sys/random.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <unordered_map>

#include "../media/pj_error.hpp"

namespace sip::digest {

namespace {

constexpr std::string_view kRealm = "gateway";
constexpr std::int64_t kNonceLivesS = 300;
constexpr std::size_t kMostNonces = 4096;
constexpr std::size_t kLongestHex = 64;  // of SHA-256
constexpr std::array kAlgorithms = {PJSIP_AUTH_ALGORITHM_SHA256, PJSIP_AUTH_ALGORITHM_MD5};

std::string seal_key;
std::uint64_t nonces_made = 0;                      // no two are the same
std::unordered_map<std::string, std::uint32_t> used;  // the last count of each nonce that was proven

std::int64_t now_s() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(since).count();
}

pj_str_t text(std::string_view value) { return {const_cast<char*>(value.data()), static_cast<pj_ssize_t>(value.size())}; }

bool same(std::string_view one, std::string_view other) {
    if (one.size() != other.size()) return false;
    unsigned char differs = 0;  // as long whatever differs
    for (std::size_t i = 0; i < one.size(); ++i) differs |= static_cast<unsigned char>(one[i] ^ other[i]);
    return differs == 0;
}

// H(H(user:realm:password):nonce:H(method:uri)), with count and cnonce where they are asked for.
std::string digest(pjsip_auth_algorithm_type algorithm, const pjsip_digest_credential& shown, const Account& account,
                   const pj_str_t& method) {
    std::array<char, kLongestHex + 1> hex{};
    pj_str_t result{hex.data(), static_cast<pj_ssize_t>(pjsip_auth_get_algorithm_by_type(algorithm)->digest_str_length)};
    pjsip_cred_info info{};
    info.realm = text(kRealm);
    info.username = text(account.user);
    info.data_type = PJSIP_CRED_DATA_PLAIN_PASSWD;
    info.data = text(account.password);
    const bool counted = shown.qop.slen > 0;
    const pj_str_t realm = text(kRealm);
    const pj_status_t made =
        pjsip_auth_create_digest2(&result, &shown.nonce, counted ? &shown.nc : nullptr, counted ? &shown.cnonce : nullptr,
                                  counted ? &shown.qop : nullptr, &shown.uri, &realm, &info, &method, algorithm);
    return made == PJ_SUCCESS ? std::string(view(result)) : std::string{};
}

std::string sealed(const std::string& stamp) {
    pjsip_digest_credential what{};
    what.nonce = text(stamp);
    what.uri = pj_str(const_cast<char*>("nonce"));
    const auto algorithm = pjsip_auth_is_algorithm_supported(PJSIP_AUTH_ALGORITHM_SHA256) ? PJSIP_AUTH_ALGORITHM_SHA256
                                                                                           : PJSIP_AUTH_ALGORITHM_MD5;
    return stamp + "." + digest(algorithm, what, {"seal", seal_key}, text("NONCE")).substr(0, 32);
}

std::string new_nonce() {
    std::array<char, 40> stamp{};
    std::snprintf(stamp.data(), stamp.size(), "%llx-%llx", static_cast<unsigned long long>(now_s()),
                  static_cast<unsigned long long>(++nonces_made));
    return sealed(stamp.data());
}

std::int64_t made_at(const std::string& nonce) {
    return static_cast<std::int64_t>(std::strtoull(nonce.c_str(), nullptr, 16));
}

bool is_alive(const std::string& nonce) {
    const std::size_t dot = nonce.find('.');
    return dot != std::string::npos && dot < 40 && same(nonce, sealed(nonce.substr(0, dot))) &&
           now_s() - made_at(nonce) <= kNonceLivesS;
}

bool has_room() {
    for (auto one = used.begin(); used.size() >= kMostNonces && one != used.end();)
        one = now_s() - made_at(one->first) > kNonceLivesS ? used.erase(one) : std::next(one);
    return used.size() < kMostNonces;
}

// Whether a nonce is fresh, and this count of it too.
bool is_fresh(const pjsip_digest_credential& shown, bool uses) {
    const std::string nonce(view(shown.nonce));
    if (!is_alive(nonce)) return false;
    if (!uses) return true;
    const auto count = static_cast<std::uint32_t>(std::strtoul(std::string(view(shown.nc)).c_str(), nullptr, 16));
    const auto found = used.find(nonce);
    // Without a count (RFC 2069) a nonce is good for one request.
    if (found != used.end() ? count <= found->second : !has_room()) return false;
    used[nonce] = count;
    return true;
}

const pjsip_authorization_hdr* shown_by(const pjsip_rx_data* request) {
    const void* from = nullptr;
    while (true) {
        const auto* const found = static_cast<const pjsip_authorization_hdr*>(
            pjsip_msg_find_hdr(request->msg_info.msg, PJSIP_H_AUTHORIZATION, from));
        if (found == nullptr) return nullptr;
        const bool digests = pj_stricmp2(&found->scheme, "digest") == 0;
        if (digests && view(found->credential.digest.realm) == kRealm) return found;
        from = found->next;
        if (from == &request->msg_info.msg->hdr) return nullptr;
    }
}

}  // namespace

Proof judge(const pjsip_rx_data* request, const Account& account, bool uses) {
    const pjsip_authorization_hdr* const header = shown_by(request);
    if (header == nullptr || view(header->credential.digest.username) != account.user) return Proof::none;
    const pjsip_digest_credential& shown = header->credential.digest;
    const pjsip_auth_algorithm* const algorithm = pjsip_auth_get_algorithm_by_iana_name(&shown.algorithm);
    const bool known = algorithm != nullptr && (algorithm->algorithm_type == PJSIP_AUTH_ALGORITHM_SHA256 ||
                                                algorithm->algorithm_type == PJSIP_AUTH_ALGORITHM_MD5);
    const bool counts = shown.qop.slen == 0 || pj_stricmp2(&shown.qop, "auth") == 0;
    if (!known || !counts) return Proof::wrong;
    const pj_str_t& method = request->msg_info.msg->line.req.method.name;
    const std::string right = digest(algorithm->algorithm_type, shown, account, method);
    if (right.empty() || !same(right, view(shown.response))) return Proof::wrong;
    return is_fresh(shown, uses) ? Proof::right : Proof::stale;
}

void ask(Headers& headers, bool stale) {
    const std::string nonce = new_nonce();
    for (const auto algorithm : kAlgorithms) {
        if (!pjsip_auth_is_algorithm_supported(algorithm)) continue;
        const std::string name(view(pjsip_auth_get_algorithm_by_type(algorithm)->iana_name));
        headers.text("WWW-Authenticate", "Digest realm=\"" + std::string(kRealm) + "\", nonce=\"" + nonce +
                                             "\", algorithm=" + name + ", qop=\"auth\"" + (stale ? ", stale=true" : ""));
    }
}

void begin() {
    std::array<unsigned char, 32> random{};
    if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
        throw media::PjError("a seal for passwords", PJ_EUNKNOWN);
    seal_key.clear();
    for (const unsigned char byte : random) {
        std::array<char, 3> hex{};
        std::snprintf(hex.data(), hex.size(), "%02x", byte);
        seal_key += hex.data();
    }
    used.clear();
}

}  // namespace sip::digest
