// SPDX-License-Identifier: GPL-3.0-or-later
// A connection under TLS 1.3 once hands are shaken: its records, the few messages that come later still (RFC 8446 section
// 4.6), alerts and the end. OpenSSL has verified whom we speak to, and is needed no more.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "record_keys.hpp"
#include "secure_socket.hpp"

namespace media {

// No locks.
class TlsRecords {
public:
    using Taken = SecureSocket::Taken;

    // `ours`, `theirs`: what protects what we send, and what they send.
    TlsRecords(int socket, const RecordKeys& ours, const RecordKeys& theirs) noexcept : socket_(socket), ours_(ours), theirs_(theirs) {}

    // See `SecureSocket`.
    Taken send(const char* bytes, std::size_t size) noexcept;
    Taken receive(char* into, std::size_t size) noexcept;
    // Tells the far side that no more comes.
    void say_goodbye() noexcept;

    // Why it failed: OpenSSL's words, or the system's number.
    const std::string& reason() const noexcept { return reason_; }
    int error() const noexcept { return error_; }

private:
    TlsState flush() noexcept;
    bool update() noexcept;
    std::size_t open_all(char* into, std::size_t size);
    void take_handshake(std::string_view content);
    void take_alert(std::string_view content);
    void fail(unsigned char alert, int reason) noexcept;
    void fail_system(int error) noexcept;
    void alert(unsigned char level, unsigned char description) noexcept;

    // What sending a record needs: two cache lines, with the keys.
    const int socket_;
    TlsState state_ = TlsState::done;  // closed: they send no more
    bool update_due_ = false;          // they want us to use our next keys
    std::size_t content_ = 0;          // bytes that are in what was not sent, and that nobody was told are taken
    std::string unsent_;               // of a record
    RecordKeys ours_;

    RecordKeys theirs_;
    std::string rest_;       // the beginning of a record
    std::string handshake_;  // the beginning of a message
    std::string reason_;
    int error_ = 0;
};

}  // namespace media
