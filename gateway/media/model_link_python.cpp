// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_link_python.hpp"

#include <nanobind/stl/shared_ptr.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model_link.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace media {
namespace {

std::string_view view(const nb::bytes& bytes) { return {bytes.c_str(), bytes.size()}; }

nb::bytes whole(const Heard& one) {
    PyObject* const bytes = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(one.size()));
    if (bytes == nullptr) throw nb::python_error();
    char* next = PyBytes_AS_STRING(bytes);
    for (const std::string& part : one.bytes) next = std::copy(part.begin(), part.end(), next);
    return nb::steal<nb::bytes>(bytes);
}

// Frames are bytes, a piece of a voice is whose it is, and its sound.
nb::list words(const std::vector<Heard>& heard) {
    nb::list told;
    for (const Heard& one : heard) {
        nb::bytes bytes = whole(one);
        if (!one.voice) {
            told.append(std::move(bytes));
            continue;
        }
        const auto name = [](const std::string& text) { return nb::str(text.data(), text.size()); };
        told.append(nb::make_tuple(name(one.response), name(one.item), std::move(bytes)));
    }
    return told;
}

class PythonListener : public LinkListener {
public:
    explicit PythonListener(nb::callable told) : told_(std::move(told)) {}

    void heard(std::vector<Heard> what, bool over) override {
        try {
            told_(words(what), over);
        } catch (nb::python_error& error) {
            error.discard_as_unraisable("a model's link");
        }
    }

private:
    const nb::callable told_;
};

nb::tuple take(ModelEar& ear, const nb::bytes& came, double now_ms) {
    const auto now_ns = static_cast<std::int64_t>(now_ms * 1e6);
    const bool now = ear.take(view(came), now_ns) || (ear.waits() && now_ns >= ear.due_ns());
    return nb::make_tuple(now, now ? words(ear.told(now_ns)) : nb::list());
}

}  // namespace

void bind_link(nb::module_& m) {
    nb::class_<ModelEar>(m, "ModelEar", "What a model says; see model_ear.hpp.")
        .def(nb::init<>())
        .def("take", &take, "came"_a, "now_ms"_a = 0.0)
        .def_prop_ro("odd", &ModelEar::odd)
        .def("rest", [](ModelEar& ear) {
            const std::string rest = ear.rest();
            return nb::bytes(rest.data(), rest.size());
        });

    nb::class_<LinkNews>(m, "LinkNews", "What links have to tell; see gateway.media.model_link.")
        .def_prop_ro("descriptor", &LinkNews::descriptor)
        .def("tell", &LinkNews::tell);

    nb::class_<ModelLink>(m, "ModelLink", "A model's socket; see gateway.media.model_link.")
        .def("write", [](ModelLink& link, const nb::bytes& bytes) { link.write(bytes.c_str(), bytes.size()); }, "data"_a)
        .def_prop_ro("pending", &ModelLink::pending)
        .def_prop_ro("news", &ModelLink::news)
        .def_prop_ro("came", [](const ModelLink& link) { return static_cast<double>(link.came_ns()) / 1e9; })
        .def("listen", [](ModelLink& link, const nb::bytes& before, nb::callable told) {
            link.listen(view(before), std::make_shared<PythonListener>(std::move(told)));
        }, "before"_a, "told"_a)
        .def("hush", [](ModelLink& link) { return words(link.hush()); })
        .def("release", &ModelLink::release)
        .def("finish", &ModelLink::finish)
        .def("close", &ModelLink::close);
}

}  // namespace media
