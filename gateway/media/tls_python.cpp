// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls_python.hpp"

#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>

#include <string>

#include "tls.hpp"
#include "tls_socket_python.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace media {

void bind_tls(nb::module_& m) {
    bind_tls_socket(m);
    nb::class_<TlsContext>(m, "TlsContext", "Whom we trust, and who we are; see gateway.media.tls.")
        .def("__init__", [](TlsContext* place, const std::string& authorities, const std::string& folder,
                            const std::string& certificate, const std::string& key, unsigned long verify_flags) {
            new (place) TlsContext({authorities, folder, certificate, key}, verify_flags);
        }, "authorities"_a, "folder"_a, "certificate"_a, "key"_a, "verify_flags"_a, nb::call_guard<nb::gil_scoped_release>())
        .def("client", &TlsContext::client, "socket"_a, "host"_a);
}

}  // namespace media
