// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps a copy of every SIP message that comes or goes, until somebody takes them. Off unless it is opened.

#pragma once

#include <nanobind/nanobind.h>

namespace sip::message_tap {

// Throws if PJSIP does not take the module.
void open();

// (seconds since 1970, came in, transport, ip:port of the other side, ip:port of ours, the message) each, the
// oldest first; and how many were lost since the last time, because nobody took them.
nanobind::tuple take();

}  // namespace sip::message_tap
