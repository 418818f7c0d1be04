// SPDX-License-Identifier: GPL-3.0-or-later
// Tells calls' media transports what their dialogs hear: where the messages come from, and the ACK.
//
// Only whoever got our 200 knows its tag: an ACK in the dialog shows that somebody is there, which an INVITE,
// whose source anybody can write, does not.
//
// On the SIP thread.

#pragma once

namespace media {

// After libInit; throws PjError. Looks at what comes in before the dialogs do, and answers nothing.
void watch_dialogs();
void ignore_dialogs() noexcept;

}  // namespace media
