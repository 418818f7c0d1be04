// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls_socket.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "tls_error.hpp"

namespace media {
TlsState TlsSocket::handshake() noexcept {
    const std::lock_guard guard(mutex_);
    if (tls_ == nullptr || broken_) return TlsState::failed;
    ERR_clear_error();
    const int returned = SSL_do_handshake(tls_);
    if (returned == 1) {
        take_over();
        return TlsState::done;
    }
    const long verified = SSL_get_verify_result(tls_);
    const TlsState state = outcome(returned, 0).state;
    if (state == TlsState::failed || state == TlsState::closed) trouble_.verified = verified;
    return state;
}

TlsSocket::Taken TlsSocket::send(const char* bytes, std::size_t size) noexcept {
    const std::lock_guard guard(mutex_);
    if (size == 0 && socket_ >= 0) return {TlsState::done, 0};
    if (records_) return records_->send(bytes, size);
    if (tls_ == nullptr || broken_) return {TlsState::failed, 0};
    ERR_clear_error();
    std::size_t taken = 0;
    const int returned = SSL_write_ex(tls_, bytes, size, &taken);
    return outcome(returned, taken);
}

TlsSocket::Taken TlsSocket::receive(char* into, std::size_t size) noexcept {
    const std::lock_guard guard(mutex_);
    if (records_) return records_->receive(into, size);
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
    if (socket_ < 0) return;
    ERR_clear_error();
    if (tell && records_) records_->say_goodbye();
    if (tell && tls_ != nullptr && !broken_ && SSL_is_init_finished(tls_)) SSL_shutdown(tls_);
    if (records_) trouble_ = {X509_V_OK, records_->reason(), records_->error()};
    records_.reset();
    SSL_free(tls_);
    tls_ = nullptr;
    ::close(socket_);
    socket_ = -1;
}

TlsSocket::Trouble TlsSocket::trouble() const {
    const std::lock_guard guard(mutex_);
    return records_ ? Trouble{X509_V_OK, records_->reason(), records_->error()} : trouble_;
}

void TlsSocket::make_own_records(SSL_CTX* context) noexcept { SSL_CTX_set_keylog_callback(context, &TlsSocket::learn); }

// ---------------------------------------------------------------------------------------- under the lock

// The secrets from which the keys of records are made (RFC 8446 section 7.1) are told by OpenSSL as it would log them:
// a label, the client's random number, the secret.
void TlsSocket::learn(const SSL* tls, const char* line) {
    auto* const self = static_cast<TlsSocket*>(SSL_get_app_data(tls));
    const std::string_view told(line);
    const std::string_view label = told.substr(0, told.find(' '));
    const bool of_client = label == "CLIENT_TRAFFIC_SECRET_0", of_server = label == "SERVER_TRAFFIC_SECRET_0";
    if (!of_client && !of_server) return;
    std::string* const secret = of_server == (SSL_is_server(tls) == 1) ? &self->our_secret_ : &self->their_secret_;
    std::size_t size = 0;
    std::array<unsigned char, RecordKeys::kMostSecret> bytes{};
    const std::string hex(told.substr(told.rfind(' ') + 1));
    if (OPENSSL_hexstr2buf_ex(bytes.data(), bytes.size(), &size, hex.c_str(), '\0') == 1)
        secret->assign(reinterpret_cast<const char*>(bytes.data()), size);
}

// Under TLS 1.3, with a cipher that we know, and nothing read ahead. Else OpenSSL goes on.
void TlsSocket::take_over() noexcept {
    if (!our_secret_.empty() && !their_secret_.empty() && SSL_has_pending(tls_) == 0) {
        const SSL_CIPHER* const cipher = SSL_get_current_cipher(tls_);
        const auto ours = RecordKeys::made(cipher, our_secret_), theirs = RecordKeys::made(cipher, their_secret_);
        if (ours && theirs) {
            records_.emplace(socket_, *ours, *theirs);
            SSL_free(std::exchange(tls_, nullptr));
        }
    }
    for (std::string* const secret : {&our_secret_, &their_secret_}) {
        OPENSSL_cleanse(secret->data(), secret->size());
        secret->clear();
        secret->shrink_to_fit();
    }
}

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
            trouble_.reason = tls_error();
            return {TlsState::failed, 0};
    }
}

}  // namespace media
