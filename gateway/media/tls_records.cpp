// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls_records.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace media {
namespace {

constexpr std::size_t kMostHandshake = 131'338;  // bytes: the largest ticket (OpenSSL's SESSION_TICKET_MAX_LENGTH_TLS13)
constexpr std::size_t kMessageHeader = 4;

// RFC 8446 section 6.
constexpr unsigned char kWarning = 1, kFatal = 2;
constexpr unsigned char kCloseNotify = 0, kUserCanceled = 90;

bool not_now(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

// OpenSSL's words.
std::string words(int reason) {
    const char* const found = ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, reason));
    return found != nullptr ? found : "alert " + std::to_string(reason - SSL_AD_REASON_OFFSET);
}

unsigned at(std::string_view bytes, std::size_t place) noexcept { return static_cast<unsigned char>(bytes[place]); }

}  // namespace

TlsRecords::Taken TlsRecords::send(const char* bytes, std::size_t size) noexcept {
    if (state_ == TlsState::failed) return {state_, 0};
    if (update_due_ && unsent_.empty() && !update()) return {state_, 0};
    if (const TlsState state = flush(); state != TlsState::done) return {state, 0};
    if (content_ > 0) return {TlsState::done, std::exchange(content_, 0)};
    std::array<char, RecordKeys::kMostRecord> record;
    const std::size_t content = std::min(size, RecordKeys::kMostContent);
    const std::size_t sealed = ours_.seal(RecordType::application_data, {bytes, content}, record.data());
    if (sealed == 0) {
        fail_system(ENOMEM);
        return {state_, 0};
    }
    const ssize_t sent = ::send(socket_, record.data(), sealed, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(sealed)) return {TlsState::done, content};
    if (sent < 0 && !not_now(errno)) {
        fail_system(errno);
        return {state_, 0};
    }
    const std::size_t gone = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    unsent_.assign(record.data() + gone, sealed - gone);
    content_ = content;
    return {TlsState::wants_write, 0};
}

TlsRecords::Taken TlsRecords::receive(char* into, std::size_t size) noexcept {
    if (state_ != TlsState::done) return {state_, 0};
    std::size_t have = rest_.copy(into, rest_.size());
    const ssize_t got = ::recv(socket_, into + have, size - have, MSG_DONTWAIT);
    if (got < 0 && not_now(errno)) return {TlsState::wants_read, 0};
    if (got < 0) {
        fail_system(errno);
    } else if (got == 0) {
        state_ = TlsState::closed;  // without a word: most servers do that
    } else {
        have += static_cast<std::size_t>(got);
        const std::size_t content = open_all(into, have);
        if (content > 0) return {TlsState::done, content};
    }
    return {state_ == TlsState::done ? TlsState::wants_read : state_, 0};
}

void TlsRecords::say_goodbye() noexcept {
    if (state_ != TlsState::failed && unsent_.empty()) alert(kWarning, kCloseNotify);
}

// Opens what is whole of `size` bytes, and keeps the rest; returns how many bytes of the application's there are, which
// come to stand at the beginning.
std::size_t TlsRecords::open_all(char* into, std::size_t size) {
    std::size_t content = 0, place = 0;
    while (state_ == TlsState::done && size - place >= RecordKeys::kHeader) {
        const std::string_view record(into + place, size - place);
        const std::size_t whole = RecordKeys::kHeader + (at(record, 3) << 8U | at(record, 4));
        if (whole > RecordKeys::kMostRecord) {
            fail(SSL_AD_RECORD_OVERFLOW, SSL_R_ENCRYPTED_LENGTH_TOO_LONG);
            break;
        }
        if (record.size() < whole) break;
        const auto opened = theirs_.open(into + place, whole);
        place += whole;
        if (!opened) {
            fail(SSL_AD_BAD_RECORD_MAC, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
        } else if (opened->content.size() > RecordKeys::kMostContent) {
            fail(SSL_AD_RECORD_OVERFLOW, SSL_R_DATA_LENGTH_TOO_LONG);
        } else if (opened->type == RecordType::handshake) {
            take_handshake(opened->content);
        } else if (!handshake_.empty()) {  // section 5.1: nothing may come in between
            fail(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_UNEXPECTED_MESSAGE);
        } else if (opened->type == RecordType::application_data) {
            std::memmove(into + content, opened->content.data(), opened->content.size());
            content += opened->content.size();
        } else if (opened->type == RecordType::alert) {
            take_alert(opened->content);
        } else {
            fail(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_UNEXPECTED_MESSAGE);
        }
    }
    rest_ = std::string(into + place, size - place);
    return content;
}

// Sections 4.6.1 and 4.6.3: a ticket, which is of no use to us, or the far side's next keys.
void TlsRecords::take_handshake(std::string_view content) {
    handshake_.append(content);
    while (state_ == TlsState::done && handshake_.size() >= kMessageHeader) {
        const std::size_t size = kMessageHeader + (at(handshake_, 1) << 16U | at(handshake_, 2) << 8U | at(handshake_, 3));
        const unsigned type = at(handshake_, 0);
        if (size > kMostHandshake || (type != SSL3_MT_NEWSESSION_TICKET && type != SSL3_MT_KEY_UPDATE)) {
            fail(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_UNEXPECTED_MESSAGE);
        } else if (handshake_.size() < size) {
            return;
        } else if (type == SSL3_MT_KEY_UPDATE) {
            const unsigned wish = size > kMessageHeader ? at(handshake_, kMessageHeader) : 2;
            // What comes after it has the next keys, and so is in another record.
            if (size != kMessageHeader + 1 || handshake_.size() != size || wish > SSL_KEY_UPDATE_REQUESTED) {
                fail(SSL_AD_ILLEGAL_PARAMETER, SSL_R_BAD_KEY_UPDATE);
            } else if (!theirs_.update()) {
                fail_system(ENOMEM);
            }
            update_due_ = update_due_ || wish == SSL_KEY_UPDATE_REQUESTED;
        }
        handshake_.erase(0, size);
    }
    if (handshake_.empty()) handshake_.shrink_to_fit();
}

void TlsRecords::take_alert(std::string_view content) {
    if (content.size() != 2) {
        fail(SSL_AD_DECODE_ERROR, SSL_R_BAD_LENGTH);
    } else if (at(content, 1) == kCloseNotify) {
        state_ = TlsState::closed;
    } else if (at(content, 1) != kUserCanceled) {
        state_ = TlsState::failed;
        reason_ = words(SSL_AD_REASON_OFFSET + static_cast<int>(at(content, 1)));
    }
}

// Whoever was asked to use the next keys does so before anything else is sent (section 4.6.3).
bool TlsRecords::update() noexcept {
    update_due_ = false;
    constexpr std::array<char, kMessageHeader + 1> kMessage = {SSL3_MT_KEY_UPDATE, 0, 0, 1, SSL_KEY_UPDATE_NOT_REQUESTED};
    std::array<char, RecordKeys::kAround + kMessage.size()> record;
    const std::size_t sealed = ours_.seal(RecordType::handshake, {kMessage.data(), kMessage.size()}, record.data());
    unsent_.assign(record.data(), sealed);
    if (sealed > 0 && ours_.update()) return true;
    fail_system(ENOMEM);
    return false;
}

TlsState TlsRecords::flush() noexcept {
    while (!unsent_.empty()) {
        const ssize_t sent = ::send(socket_, unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && not_now(errno)) return TlsState::wants_write;
        if (sent < 0) {
            fail_system(errno);
            return state_;
        }
        unsent_.erase(0, static_cast<std::size_t>(sent));
        if (unsent_.empty()) unsent_.shrink_to_fit();
    }
    return TlsState::done;
}

void TlsRecords::fail(unsigned char description, int reason) noexcept {
    alert(kFatal, description);
    state_ = TlsState::failed;
    reason_ = words(reason);
}

void TlsRecords::fail_system(int error) noexcept {
    state_ = TlsState::failed;
    error_ = error;
}

// As far as the socket takes it: whoever does not hear it hears the end.
void TlsRecords::alert(unsigned char level, unsigned char description) noexcept {
    const std::array<char, 2> content = {static_cast<char>(level), static_cast<char>(description)};
    std::array<char, RecordKeys::kAround + content.size()> record;
    const std::size_t sealed = ours_.seal(RecordType::alert, {content.data(), content.size()}, record.data());
    if (!unsent_.empty()) return;
    [[maybe_unused]] const ssize_t sent = ::send(socket_, record.data(), sealed, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace media
