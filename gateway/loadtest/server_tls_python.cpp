// SPDX-License-Identifier: GPL-3.0-or-later
#include "server_tls_python.hpp"

#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>

#include <string>

#include "../media/tls_socket_python.hpp"
#include "server_tls.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace loadtest {

void bind_server_tls(nb::module_& m) {
    media::bind_tls_socket(m);
    nb::class_<ServerTls>(m, "ServerTls")
        .def(nb::init<const std::string&, const std::string&>(), "certificate"_a, "key"_a)
        .def("accept", &ServerTls::accept, "socket"_a);
}

}  // namespace loadtest
