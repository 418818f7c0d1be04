// SPDX-License-Identifier: GPL-3.0-or-later
// A socket that encrypts what is written to it, as a model's link sees it: tls.hpp is one, where there is OpenSSL.

#pragma once

#include <cstddef>

namespace media {

enum class TlsState { done, wants_read, wants_write, closed, failed };

// Any thread.
class SecureSocket {
public:
    struct Taken {
        TlsState state;
        std::size_t bytes;
    };

    SecureSocket() = default;
    virtual ~SecureSocket() = default;
    SecureSocket(const SecureSocket&) = delete;
    SecureSocket& operator=(const SecureSocket&) = delete;

    // Writes what the socket takes. What it does not take has to come first in what is written next.
    virtual Taken send(const char* bytes, std::size_t size) noexcept = 0;
    // Reads what is there; less than there was room for: the socket wakes whoever waits for more.
    virtual Taken receive(char* into, std::size_t size) noexcept = 0;
    virtual int socket() const noexcept = 0;  // -1: closed
    // Closes the socket; the far side is told first, if it may be (RFC 8446 section 6.1).
    virtual void close(bool tell) noexcept = 0;
};

}  // namespace media
