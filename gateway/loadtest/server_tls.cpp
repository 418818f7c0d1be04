// SPDX-License-Identifier: GPL-3.0-or-later
#include "server_tls.hpp"

#include "../media/tls_error.hpp"

namespace loadtest {

using media::need_tls;

ServerTls::ServerTls(const std::string& certificate, const std::string& key) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX* const made = context_.get();
    need_tls(made != nullptr, "a context");
    SSL_CTX_set_options(made, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    need_tls(SSL_CTX_use_certificate_chain_file(made, certificate.c_str()) == 1, "a certificate");
    need_tls(SSL_CTX_use_PrivateKey_file(made, key.c_str(), SSL_FILETYPE_PEM) == 1, "a key");
    need_tls(SSL_CTX_check_private_key(made) == 1, "a key");
}

std::shared_ptr<media::TlsSocket> ServerTls::accept(int socket) const {
    std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context_.get()), &SSL_free);
    need_tls(tls != nullptr && SSL_set_fd(tls.get(), socket) == 1, "a connection");
    SSL_set_accept_state(tls.get());
    auto made = std::make_shared<media::TlsSocket>(tls.get(), socket);
    tls.release();
    return made;
}

}  // namespace loadtest
