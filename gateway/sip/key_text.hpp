// SPDX-License-Identifier: GPL-3.0-or-later
// The keys in the bodies of INFO. There is no standard for them, only what phones and PBXs do.
//
//   application/dtmf         the key, or its number as an event (RFC 4733 section 3.2): 10 is *, 12 to 15 are A to D
//   application/dtmf-relay   lines of names and values, Signal= among them: a key or its number again
//   audio/telephone-event    the payload of RFC 4733 itself, four bytes, or their hexadecimal digits

#pragma once

#include <string_view>

namespace sip {

constexpr char kNoKey = 0;
constexpr char kFlash = '!';  // event 16: somebody has touched the hook, and nothing is to be done

// The key in a text, which is "5", "10", "#", " d " or "Signal= 5" with other lines around it; kNoKey if it is none.
char key_in(std::string_view text);

struct KeyEvent {
    char key = kNoKey;
    bool ends = false;  // the E bit
};

// The event in a payload of RFC 4733, or in its hexadecimal digits; the first one, if there are several.
KeyEvent event_in(std::string_view body);

}  // namespace sip
