// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls_socket.hpp"

#include <openssl/err.h>
#include <unistd.h>

#include <cerrno>

#include "tls_error.hpp"

namespace media {
namespace {

// What others have left on this thread, mostly nothing: to be told so takes a tenth of what clearing takes.
void forget_errors() noexcept {
    if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

TlsState TlsSocket::handshake() noexcept {
    const std::lock_guard guard(mutex_);
    if (tls_ == nullptr || broken_) return TlsState::failed;
    forget_errors();
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
    forget_errors();
    std::size_t taken = 0;
    const int returned = SSL_write_ex(tls_, bytes, size, &taken);
    return outcome(returned, taken);
}

TlsSocket::Taken TlsSocket::receive(char* into, std::size_t size) noexcept {
    const std::lock_guard guard(mutex_);
    if (tls_ == nullptr || broken_) return {TlsState::failed, 0};
    std::size_t all = 0;
    while (all < size) {
        forget_errors();
        std::size_t got = 0;
        const int returned = SSL_read_ex(tls_, into + all, size - all, &got);
        const Taken one = outcome(returned, got);
        if (one.state != TlsState::done) return all > 0 ? Taken{TlsState::done, all} : one;
        all += got;
        // What comes later wakes whoever waits for it: the system is not asked again.
        if (SSL_has_pending(tls_) == 0) break;
    }
    return {TlsState::done, all};
}

void TlsSocket::close(bool tell) noexcept {
    const std::lock_guard guard(mutex_);
    if (tls_ == nullptr) return;
    forget_errors();
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
            trouble_.reason = tls_error();
            return {TlsState::failed, 0};
    }
}

}  // namespace media
