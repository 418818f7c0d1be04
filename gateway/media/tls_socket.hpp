// SPDX-License-Identifier: GPL-3.0-or-later
// A connection under TLS, from its handshake to its end; whose side of it is ours, and what is trusted, was said before.

#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <mutex>
#include <string>

#include "secure_socket.hpp"

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

    TlsSocket(SSL* tls, int socket) noexcept : tls_(tls), socket_(socket) {}
    ~TlsSocket() override { TlsSocket::close(false); }

    // Until it is done, or has failed.
    TlsState handshake() noexcept;
    Taken send(const char* bytes, std::size_t size) noexcept override;
    Taken receive(char* into, std::size_t size) noexcept override;
    void close(bool tell) noexcept override;

    int socket() const noexcept override { return socket_; }
    Trouble trouble() const;

private:
    Taken outcome(int returned, std::size_t bytes) noexcept;

    mutable std::mutex mutex_;
    SSL* tls_;  // nullptr: closed
    int socket_;
    bool broken_ = false;  // OpenSSL wants nothing more to be asked of it
    Trouble trouble_;
};

}  // namespace media
