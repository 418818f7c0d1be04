// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls_socket_python.hpp"

#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <string>

#include "tls_socket.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace media {
namespace {

constexpr std::size_t kMostAtOnce = 64 * 1024;

// Bytes; b"" at the end, or if it failed; None if there is nothing now.
nb::object receive(TlsSocket& tls) {
    static thread_local std::unique_ptr<char[]> into{new char[kMostAtOnce]};
    const TlsSocket::Taken got = tls.receive(into.get(), kMostAtOnce);
    if (got.state == TlsState::wants_read || got.state == TlsState::wants_write) return nb::none();
    return nb::bytes(into.get(), got.bytes);
}

// How many bytes it took; -1 if it failed.
std::ptrdiff_t send(TlsSocket& tls, const nb::bytes& data) {
    std::size_t sent = 0;
    while (sent < data.size()) {
        const TlsSocket::Taken taken = tls.send(data.c_str() + sent, data.size() - sent);
        if (taken.state == TlsState::failed || taken.state == TlsState::closed) return -1;
        if (taken.state != TlsState::done) break;
        sent += taken.bytes;
    }
    return static_cast<std::ptrdiff_t>(sent);
}

nb::tuple trouble(const TlsSocket& tls) {
    const TlsSocket::Trouble why = tls.trouble();
    const std::string words = why.verified == X509_V_OK ? "" : X509_verify_cert_error_string(why.verified);
    return nb::make_tuple(why.verified, words, why.reason, why.error);
}

}  // namespace

void bind_tls_socket(nb::module_& m) {
    nb::enum_<TlsState>(m, "TlsState", "How far something of TLS has come.")
        .value("DONE", TlsState::done)
        .value("WANTS_READ", TlsState::wants_read)
        .value("WANTS_WRITE", TlsState::wants_write)
        .value("CLOSED", TlsState::closed)
        .value("FAILED", TlsState::failed);
    nb::class_<TlsSocket, SecureSocket>(m, "TlsSocket", "A connected socket under TLS; see gateway.media.tls.")
        .def_prop_ro("socket", &TlsSocket::socket)
        .def("handshake", &TlsSocket::handshake, nb::call_guard<nb::gil_scoped_release>())
        .def("send", &send, "data"_a)
        .def("receive", &receive)
        .def("close", &TlsSocket::close, "tell"_a = false)
        .def("trouble", &trouble);
}

}  // namespace media
