// SPDX-License-Identifier: GPL-3.0-or-later
// TLS towards a model, from its handshake to its end, so that the caller's audio can be encrypted where it is made.
// What is trusted, and who we are, are files; all else is as Python's own ssl.create_default_context() has it.

#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "tls_socket.hpp"

namespace media {

// One for all connections that trust and show the same.
class TlsContext {
public:
    struct Files {
        std::string authorities;  // PEM; "": none
        std::string folder;       // of authorities by their hashes; "": none
        std::string certificate;  // what we show; "": nothing
        std::string key;
    };

    // `verify_flags`: of ssl.SSLContext. Throws std::runtime_error for what cannot be loaded.
    TlsContext(const Files& files, unsigned long verify_flags);

    // A client's end on a connected socket that does not block, which is its own from now on; `host` has to be in
    // the server's certificate. Throws std::runtime_error, and does not have the socket then.
    std::shared_ptr<TlsSocket> client(int socket, const std::string& host) const;

private:
    struct Freed {
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };
    std::unique_ptr<SSL_CTX, Freed> context_;
};

}  // namespace media
