// SPDX-License-Identifier: GPL-3.0-or-later
// gateway.loadtest._tones: what Python sees of a tone server.

#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>

#include "server_tls_python.hpp"
#include "tone_server.hpp"

namespace nb = nanobind;
using namespace nb::literals;

NB_MODULE(_tones, m) {
    nb::class_<media::SecureSocket>(m, "SecureSocket");
    loadtest::bind_server_tls(m);
    nb::class_<loadtest::ToneServer>(m, "ToneServer")
        .def(nb::init<>())
        .def("adopt", &loadtest::ToneServer::adopt, "socket"_a, "secure"_a.none(), "call"_a)
        .def("run", &loadtest::ToneServer::run, nb::call_guard<nb::gil_scoped_release>())
        .def("stop", &loadtest::ToneServer::stop)
        .def("heard",
             [](const loadtest::ToneServer& server) {
                 nb::list all;
                 for (const loadtest::Heard& one : server.heard()) {
                     nb::list origins, started, sounded;
                     for (const auto& [second, began] : one.origins) origins.append(nb::make_tuple(second, began));
                     for (const std::int64_t at : one.speech_started) started.append(at);
                     for (const std::int64_t at : one.first_sound) sounded.append(at);
                     all.append(nb::make_tuple(one.call, origins, started, sounded));
                 }
                 return all;
             });
}
