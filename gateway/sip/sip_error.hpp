// SPDX-License-Identifier: GPL-3.0-or-later
// PJSIP's refusals, as Python sees them: errors.SipError.

#pragma once

#include <nanobind/nanobind.h>

#include "../media/pj_error.hpp"

namespace sip {

inline void translate_errors() {
    nanobind::register_exception_translator([](const std::exception_ptr& thrown, void*) {
        try {
            std::rethrow_exception(thrown);
        } catch (const media::PjError& error) {
            const nanobind::object type = nanobind::module_::import_("gateway.errors").attr("SipError");
            PyErr_SetString(type.ptr(), error.what());
        }
    });
}

}  // namespace sip
