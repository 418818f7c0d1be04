// SPDX-License-Identifier: GPL-3.0-or-later
// A connection under TLS, from its handshake to its end; whose side of it is ours, and what is trusted, was said before.
// Hands are shaken by OpenSSL. Under TLS 1.3 it may be done without from then on (`tls_records.hpp`): that costs less time,
// and 20 kB less of memory.

#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "secure_socket.hpp"
#include "tls_records.hpp"

namespace media {

// Any thread: all lock for as long as a system call takes.
class TlsSocket : public SecureSocket {
public:
    // Why it failed: X509_V_OK or what is wrong with the certificate; OpenSSL's words; the system's number.
    struct Trouble {
        long verified = X509_V_OK;
        std::string reason;
        int error = 0;
    };

    TlsSocket(SSL* tls, int socket) noexcept : tls_(tls), socket_(socket) { SSL_set_app_data(tls, this); }
    ~TlsSocket() override { TlsSocket::close(false); }

    // Until it is done, or has failed.
    TlsState handshake() noexcept;
    Taken send(const char* bytes, std::size_t size) noexcept override;
    // Reads what is there.
    Taken receive(char* into, std::size_t size) noexcept override;
    void close(bool tell) noexcept override;

    int socket() const noexcept override { return socket_; }
    Trouble trouble() const;

    // Has connections of this context do so; servers' must send no tickets.
    static void make_own_records(SSL_CTX* context) noexcept;

private:
    static void learn(const SSL* tls, const char* line);
    void take_over() noexcept;
    Taken outcome(int returned, std::size_t bytes) noexcept;

    mutable std::mutex mutex_;
    SSL* tls_;  // nullptr: closed, or `records_` has taken over
    std::optional<TlsRecords> records_;
    std::string our_secret_, their_secret_;  // of the application's traffic, until then
    int socket_;  // -1: closed
    bool broken_ = false;  // OpenSSL wants nothing more to be asked of it
    Trouble trouble_;
};

}  // namespace media
