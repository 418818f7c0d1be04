// SPDX-License-Identifier: GPL-3.0-or-later
// PJSIP's status codes as exceptions; the bindings turn them into errors.MediaError.

#pragma once

#include <pjlib.h>

#include <stdexcept>
#include <string>

namespace media {

class PjError : public std::runtime_error {
public:
    PjError(const char* doing, pj_status_t status) : std::runtime_error(describe(doing, status)) {}

private:
    static std::string describe(const char* doing, pj_status_t status) {
        char reason[PJ_ERR_MSG_SIZE];
        const pj_str_t text = pj_strerror(status, reason, sizeof reason);
        return std::string(doing) + ": " + std::string(text.ptr, static_cast<std::size_t>(text.slen));
    }
};

inline void check(const char* doing, pj_status_t status) {
    if (status != PJ_SUCCESS) throw PjError(doing, status);
}

}  // namespace media
