// SPDX-License-Identifier: GPL-3.0-or-later
// What protects one direction of a connection under TLS 1.3, once hands are shaken (RFC 8446 sections 5 and 7), by
// OpenSSL's ciphers: of a connection a record needs one cache line. OpenSSL's own records need dozens of them, which
// no cache has any more when as many connections as there are calls take turns: 4.5 us for a message of 1.3 kB instead
// of 2.5.

#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace media {

enum class RecordType : std::uint8_t { alert = 21, handshake = 22, application_data = 23 };

class alignas(64) RecordKeys {
public:
    static constexpr std::size_t kHeader = 5;
    static constexpr std::size_t kTag = 16;
    static constexpr std::size_t kAround = kHeader + 1 + kTag;  // bytes of a record beside its content
    static constexpr std::size_t kMostContent = 1U << 14U;
    static constexpr std::size_t kMostRecord = kHeader + kMostContent + 256;
    static constexpr std::size_t kMostSecret = 48;

    // Nothing where it is not one of TLS 1.3's ciphers with a tag of 16 bytes. `secret`: of the application's traffic.
    static std::optional<RecordKeys> made(const SSL_CIPHER* cipher, std::string_view secret);
    RecordKeys(const RecordKeys&) = default;
    RecordKeys& operator=(const RecordKeys&) = default;
    ~RecordKeys();

    // Writes one record of this content, which has kMostContent bytes at most, to where there are kAround more; returns
    // its size, 0 if there is no memory.
    std::size_t seal(RecordType type, std::string_view content, char* record) noexcept;

    struct Opened {
        RecordType type;
        std::string_view content;
    };
    // Decrypts one whole record in its place. Nothing if it was not sealed like that; without a type if it has only padding.
    std::optional<Opened> open(char* record, std::size_t size) noexcept;

    // The next keys (section 7.2). False if there is no memory.
    bool update() noexcept;

private:
    RecordKeys() = default;
    bool derive() noexcept;
    std::array<unsigned char, 12> nonce() noexcept;

    // One cache line.
    std::array<unsigned char, 32> key_{};
    std::array<unsigned char, 12> iv_{};
    std::uint64_t sequence_ = 0;
    const EVP_CIPHER* cipher_ = nullptr;
    // For an update.
    const EVP_MD* digest_ = nullptr;
    std::array<unsigned char, kMostSecret> secret_{};
};

}  // namespace media
