// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls.hpp"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include "tls_error.hpp"

namespace media {
namespace {

// Python's own list (Modules/_ssl.c), so that a server sees the same client.
constexpr const char* kCiphers =
    "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM";

bool is_address(const std::string& host) noexcept {
    in6_addr any;
    return inet_pton(AF_INET, host.c_str(), &any) == 1 || inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

// RFC 6066 section 3: an address is no server name. RFC 6125: whom the certificate has to name.
void name(SSL* tls, const std::string& host) {
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(tls);
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (is_address(host)) {
        need_tls(X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1, "an address");
        return;
    }
    need_tls(SSL_set_tlsext_host_name(tls, host.c_str()) == 1, "a host's name");
    need_tls(X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size()) == 1, "a host's name");
}

}  // namespace

TlsContext::TlsContext(const Files& files, unsigned long verify_flags) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX* const made = context_.get();
    need_tls(made != nullptr, "a context");
    need_tls(SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) == 1, "TLS 1.2");
    need_tls(SSL_CTX_set_cipher_list(made, kCiphers) == 1, "ciphers");
    SSL_CTX_set_options(made, SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(made, 1);  // a record's head and body in one system call
    SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(made, SSL_VERIFY_PEER, nullptr);
    need_tls(X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(made), verify_flags) == 1, "flags of verification");
    if (!files.authorities.empty())
        need_tls(SSL_CTX_load_verify_file(made, files.authorities.c_str()) == 1, "authorities");
    if (!files.folder.empty()) need_tls(SSL_CTX_load_verify_dir(made, files.folder.c_str()) == 1, "authorities");
    if (files.certificate.empty()) return;
    const std::string& key = files.key.empty() ? files.certificate : files.key;
    need_tls(SSL_CTX_use_certificate_chain_file(made, files.certificate.c_str()) == 1, "our certificate");
    need_tls(SSL_CTX_use_PrivateKey_file(made, key.c_str(), SSL_FILETYPE_PEM) == 1, "our key");
    need_tls(SSL_CTX_check_private_key(made) == 1, "our key");
}

std::shared_ptr<TlsSocket> TlsContext::client(int socket, const std::string& host) const {
    std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context_.get()), &SSL_free);
    need_tls(tls != nullptr && SSL_set_fd(tls.get(), socket) == 1, "a connection");
    name(tls.get(), host);
    SSL_set_connect_state(tls.get());
    auto made = std::make_shared<TlsSocket>(tls.get(), socket);
    tls.release();
    return made;
}

}  // namespace media
