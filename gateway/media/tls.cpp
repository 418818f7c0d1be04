// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace media {
namespace {

// Python's own list (Modules/_ssl.c), so that a server sees the same client.
constexpr const char* kCiphers =
    "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM";

std::string last_error() {
    const char* const words = ERR_reason_error_string(ERR_peek_last_error());
    return words != nullptr ? words : "";
}

void need(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("TLS: ") + what + ": " + last_error());
}

bool is_address(const std::string& host) noexcept {
    in6_addr any;
    return inet_pton(AF_INET, host.c_str(), &any) == 1 || inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

// RFC 6066 section 3: an address is no server name. RFC 6125: whom the certificate has to name.
void name(SSL* tls, const std::string& host) {
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(tls);
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (is_address(host)) {
        need(X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1, "an address");
        return;
    }
    need(SSL_set_tlsext_host_name(tls, host.c_str()) == 1, "a host's name");
    need(X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size()) == 1, "a host's name");
}

}  // namespace

TlsContext::TlsContext(const Files& files, unsigned long verify_flags) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX* const made = context_.get();
    need(made != nullptr, "a context");
    need(SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) == 1, "TLS 1.2");
    need(SSL_CTX_set_cipher_list(made, kCiphers) == 1, "ciphers");
    SSL_CTX_set_options(made, SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(made, SSL_VERIFY_PEER, nullptr);
    need(X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(made), verify_flags) == 1, "flags of verification");
    if (!files.authorities.empty())
        need(SSL_CTX_load_verify_file(made, files.authorities.c_str()) == 1, "authorities");
    if (!files.folder.empty()) need(SSL_CTX_load_verify_dir(made, files.folder.c_str()) == 1, "authorities");
    if (files.certificate.empty()) return;
    const std::string& key = files.key.empty() ? files.certificate : files.key;
    need(SSL_CTX_use_certificate_chain_file(made, files.certificate.c_str()) == 1, "our certificate");
    need(SSL_CTX_use_PrivateKey_file(made, key.c_str(), SSL_FILETYPE_PEM) == 1, "our key");
    need(SSL_CTX_check_private_key(made) == 1, "our key");
}

std::shared_ptr<TlsSocket> TlsContext::client(int socket, const std::string& host) const {
    std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context_.get()), &SSL_free);
    need(tls != nullptr && SSL_set_fd(tls.get(), socket) == 1, "a connection");
    name(tls.get(), host);
    SSL_set_connect_state(tls.get());
    auto made = std::make_shared<TlsSocket>(tls.get(), socket);
    tls.release();
    return made;
}

TlsState TlsSocket::handshake() noexcept {
    const std::lock_guard guard(mutex_);
    if (tls_ == nullptr || broken_) return TlsState::failed;
    ERR_clear_error();
    const int returned = SSL_do_handshake(tls_);
    if (returned == 1) return TlsState::done;
    const long verified = SSL_get_verify_result(tls_);
    const TlsState state = outcome(returned, 0).state;
    if (state == TlsState::failed || state == TlsState::closed) trouble_.verified = verified;
    return state;
}

TlsSocket::Taken TlsSocket::send(const char* bytes, std::size_t size) noexcept {
    const std::lock_guard guard(mutex_);
    if (tls_ == nullptr || broken_) return {TlsState::failed, 0};
    if (size == 0) return {TlsState::done, 0};
    ERR_clear_error();
    std::size_t taken = 0;
    const int returned = SSL_write_ex(tls_, bytes, size, &taken);
    return outcome(returned, taken);
}

TlsSocket::Taken TlsSocket::receive(char* into, std::size_t size) noexcept {
    const std::lock_guard guard(mutex_);
    if (tls_ == nullptr || broken_) return {TlsState::failed, 0};
    std::size_t all = 0;
    while (all < size) {
        ERR_clear_error();
        std::size_t got = 0;
        const int returned = SSL_read_ex(tls_, into + all, size - all, &got);
        const Taken one = outcome(returned, got);
        if (one.state != TlsState::done) return all > 0 ? Taken{TlsState::done, all} : one;
        all += got;
    }
    return {TlsState::done, all};
}

void TlsSocket::close(bool tell) noexcept {
    const std::lock_guard guard(mutex_);
    if (tls_ == nullptr) return;
    ERR_clear_error();
    if (tell && !broken_ && SSL_is_init_finished(tls_)) SSL_shutdown(tls_);
    SSL_free(tls_);
    tls_ = nullptr;
    ::close(socket_);
    socket_ = -1;
}

TlsSocket::Trouble TlsSocket::trouble() const {
    const std::lock_guard guard(mutex_);
    return trouble_;
}

// ---------------------------------------------------------------------------------------- under the lock

TlsSocket::Taken TlsSocket::outcome(int returned, std::size_t bytes) noexcept {
    const int error = errno;
    if (returned > 0) return {TlsState::done, bytes};
    switch (SSL_get_error(tls_, returned)) {
        case SSL_ERROR_WANT_READ:
            return {TlsState::wants_read, 0};
        case SSL_ERROR_WANT_WRITE:
            return {TlsState::wants_write, 0};
        case SSL_ERROR_ZERO_RETURN:
            return {TlsState::closed, 0};
        case SSL_ERROR_SYSCALL:
            broken_ = true;
            trouble_.error = error;
            return {error == 0 ? TlsState::closed : TlsState::failed, 0};
        default:
            broken_ = true;
            trouble_.reason = last_error();
            return {TlsState::failed, 0};
    }
}

}  // namespace media
