// SPDX-License-Identifier: GPL-3.0-or-later
// TLS of a tone server: the other end of what models' links speak (gateway/media/tls.hpp).

#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "../media/tls_socket.hpp"

namespace loadtest {

class ServerTls {
public:
    // PEM files. Throws std::runtime_error for what cannot be loaded.
    ServerTls(const std::string& certificate, const std::string& key);

    // A server's end on a connected socket that does not block, which is its own from now on. Throws
    // std::runtime_error, and does not have the socket then.
    std::shared_ptr<media::TlsSocket> accept(int socket) const;

private:
    struct Freed {
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };
    std::unique_ptr<SSL_CTX, Freed> context_;
};

}  // namespace loadtest
