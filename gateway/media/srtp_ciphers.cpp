// SPDX-License-Identifier: GPL-3.0-or-later

#include "srtp_ciphers.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>
#include <srtp2/srtp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

// Of libsrtp, but in none of its headers: what there is of a kind.
extern "C" {
const srtp_cipher_type_t* srtp_crypto_kernel_get_cipher_type(srtp_cipher_type_id_t id);
const srtp_auth_type_t* srtp_crypto_kernel_get_auth_type(srtp_auth_type_id_t id);
}

namespace media {

namespace {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* one) const noexcept {
        Free(one);
    }
};

constexpr std::size_t kBlock = 16;
constexpr std::size_t kSalt = 14;
constexpr std::size_t kMostTag = 20;  // SHA-1

// ------------------------------------------------------------------- AES in counter mode (RFC 3711 section 4.1.1)

struct Counter {
    srtp_cipher_t cipher{};  // libsrtp's view of it
    std::unique_ptr<EVP_CIPHER_CTX, Freed<&EVP_CIPHER_CTX_free>> context{EVP_CIPHER_CTX_new()};
    std::size_t key_length = 0;
    std::array<std::uint8_t, kBlock> offset{};  // the salt
};

extern srtp_cipher_type_t counter_128;
extern srtp_cipher_type_t counter_256;

srtp_err_status_t make_counter(srtp_cipher_pointer_t* made, int key_length, int) {
    const auto length = static_cast<std::size_t>(key_length);
    if (length != kBlock + kSalt && length != 2 * kBlock + kSalt) return srtp_err_status_bad_param;
    auto counter = std::unique_ptr<Counter>(new (std::nothrow) Counter);
    if (counter == nullptr || counter->context == nullptr) return srtp_err_status_alloc_fail;
    counter->key_length = length - kSalt;
    const bool small = counter->key_length == kBlock;
    counter->cipher.type = small ? &counter_128 : &counter_256;
    counter->cipher.algorithm = static_cast<int>(counter->cipher.type->id);
    counter->cipher.key_len = key_length;
    counter->cipher.state = counter.get();
    *made = &counter.release()->cipher;
    return srtp_err_status_ok;
}

srtp_err_status_t free_counter(srtp_cipher_pointer_t cipher) {
    delete static_cast<Counter*>(cipher->state);
    return srtp_err_status_ok;
}

srtp_err_status_t key_counter(void* state, const std::uint8_t* key) {
    auto& counter = *static_cast<Counter*>(state);
    std::copy_n(key + counter.key_length, kSalt, counter.offset.begin());
    const EVP_CIPHER* const kind = counter.key_length == kBlock ? EVP_aes_128_ctr() : EVP_aes_256_ctr();
    const bool keyed = EVP_EncryptInit_ex(counter.context.get(), kind, nullptr, key, counter.offset.data()) == 1;
    return keyed ? srtp_err_status_ok : srtp_err_status_init_fail;
}

srtp_err_status_t aim_counter(void* state, std::uint8_t* iv, srtp_cipher_direction_t) {
    auto& counter = *static_cast<Counter*>(state);
    std::array<std::uint8_t, kBlock> start{};
    for (std::size_t i = 0; i < kBlock; ++i) start[i] = counter.offset[i] ^ iv[i];
    const bool set = EVP_EncryptInit_ex(counter.context.get(), nullptr, nullptr, nullptr, start.data()) == 1;
    return set ? srtp_err_status_ok : srtp_err_status_init_fail;
}

srtp_err_status_t count(void* state, std::uint8_t* buffer, unsigned int* octets) {
    auto& counter = *static_cast<Counter*>(state);
    int done = 0;
    const bool well = EVP_EncryptUpdate(counter.context.get(), buffer, &done, buffer, static_cast<int>(*octets)) == 1;
    *octets = static_cast<unsigned>(done);
    return well ? srtp_err_status_ok : srtp_err_status_cipher_fail;
}

srtp_cipher_type_t counter_of(const char* name, srtp_cipher_type_id_t id) {
    return {&make_counter, &free_counter, &key_counter, nullptr, &count, &count, &aim_counter, nullptr, name, nullptr, id};
}

srtp_cipher_type_t counter_128 = counter_of("AES-128 counter mode of OpenSSL", SRTP_AES_ICM_128);
srtp_cipher_type_t counter_256 = counter_of("AES-256 counter mode of OpenSSL", SRTP_AES_ICM_256);

// --------------------------------------------------------------------------- HMAC-SHA1 (RFC 3711 section 4.2.1)

EVP_MAC* hmac() {
    static EVP_MAC* const fetched = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    return fetched;
}

struct Signature {
    srtp_auth_t auth{};
    std::unique_ptr<EVP_MAC_CTX, Freed<&EVP_MAC_CTX_free>> context{EVP_MAC_CTX_new(hmac())};
};

extern srtp_auth_type_t sha1;

srtp_err_status_t make_signature(srtp_auth_pointer_t* made, int key_length, int tag_length) {
    if (key_length > 20 || tag_length > static_cast<int>(kMostTag)) return srtp_err_status_bad_param;
    if (hmac() == nullptr) return srtp_err_status_no_such_op;
    auto signature = std::unique_ptr<Signature>(new (std::nothrow) Signature);
    if (signature == nullptr || signature->context == nullptr) return srtp_err_status_alloc_fail;
    signature->auth.type = &sha1;
    signature->auth.state = signature.get();
    signature->auth.out_len = tag_length;
    signature->auth.key_len = key_length;
    *made = &signature.release()->auth;
    return srtp_err_status_ok;
}

srtp_err_status_t free_signature(srtp_auth_pointer_t auth) {
    delete static_cast<Signature*>(auth->state);
    return srtp_err_status_ok;
}

srtp_err_status_t told(bool well) { return well ? srtp_err_status_ok : srtp_err_status_auth_fail; }

EVP_MAC_CTX* context_of(void* state) { return static_cast<Signature*>(state)->context.get(); }

srtp_err_status_t key_signature(void* state, const std::uint8_t* key, int length) {
    char digest[] = "SHA1";
    const OSSL_PARAM how[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    return told(EVP_MAC_init(context_of(state), key, static_cast<std::size_t>(length), how) == 1);
}

srtp_err_status_t start_signature(void* state) { return told(EVP_MAC_init(context_of(state), nullptr, 0, nullptr) == 1); }

srtp_err_status_t sign(void* state, const std::uint8_t* data, int length) {
    return told(EVP_MAC_update(context_of(state), data, static_cast<std::size_t>(length)) == 1);
}

srtp_err_status_t signed_whole(void* state, const std::uint8_t* data, int length, int tag_length, std::uint8_t* tag) {
    std::array<std::uint8_t, kMostTag> whole{};
    std::size_t made = 0;
    if (tag_length > static_cast<int>(kMostTag) || sign(state, data, length) != srtp_err_status_ok) return told(false);
    if (EVP_MAC_final(context_of(state), whole.data(), &made, whole.size()) != 1) return told(false);
    std::copy_n(whole.begin(), static_cast<std::size_t>(tag_length), tag);
    return srtp_err_status_ok;
}

srtp_auth_type_t sha1 = {&make_signature, &free_signature, &key_signature, &signed_whole, &sign, &start_signature,
                         "HMAC-SHA1 of OpenSSL", nullptr, SRTP_HMAC_SHA1};

// -------------------------------------------------------------------------------------------------- in place

void replace(srtp_cipher_type_t& ours) {
    const srtp_cipher_type_t* const theirs = srtp_crypto_kernel_get_cipher_type(ours.id);
    if (theirs == nullptr || theirs == &ours) return;
    ours.test_data = theirs->test_data;
    srtp_replace_cipher_type(&ours, ours.id);
}

}  // namespace

void use_fast_srtp() noexcept {
    replace(counter_128);
    replace(counter_256);
    const srtp_auth_type_t* const theirs = srtp_crypto_kernel_get_auth_type(sha1.id);
    if (theirs == nullptr || theirs == &sha1) return;
    sha1.test_data = theirs->test_data;
    srtp_replace_auth_type(&sha1, sha1.id);
}

}  // namespace media
