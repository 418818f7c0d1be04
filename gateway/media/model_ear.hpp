// SPDX-License-Identifier: GPL-3.0-or-later
// What a model says, out of the bytes of its WebSocket (RFC 6455 section 5.2), without Python: pieces of its voice are
// decoded, and those of one item that come after each other are one; all else is kept as it came, in whole frames.
//
// Only what is plain is understood here: an unmasked text message in one frame, with a flat JSON object of simple values,
// in the order in which it came. A pong without a word is one more thing that came, and nothing to tell. A message that is not so is Python's as a whole, and a frame that is not so ends it: from
// there on all bytes are Python's.
//
// Pure: no I/O, no clock, not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace media {

struct Heard {
    bool voice = false;          // a piece of the model's voice; else frames
    std::string response, item;  // whose voice
    // As the session speaks, out of its base64; of frames as they came. Part after part: what is large comes new from the
    // system, page by page, and would have to move to grow.
    std::vector<std::string> bytes;

    std::size_t size() const noexcept;
    // Where to append so many.
    std::string& room(std::size_t more);
};

class ModelEar {
public:
    // Takes what came at a moment. Returns whether it has to be told now; else it may wait (`wake_up.hpp`).
    bool take(std::string_view came, std::int64_t now_ns);

    // Something waits to be told from here on.
    bool waits() const noexcept { return !heard_.empty(); }
    // Until when that may wait.
    std::int64_t due_ns() const noexcept { return due_ns_; }
    std::size_t untold() const noexcept { return untold_; }
    // What was heard since the last time.
    std::vector<Heard> told(std::int64_t now_ns);
    // No frame that follows is understood here.
    bool odd() const noexcept { return odd_; }
    // The beginning of a frame, if it is not whole yet; all that is left if it is odd.
    std::string rest();

private:
    std::size_t pass(std::string_view came, std::int64_t now_ns);
    std::size_t pass_frame(std::string_view came, std::int64_t now_ns);
    void message(std::string_view frame, std::string_view text, std::int64_t now_ns);
    bool voice(std::string_view text, std::int64_t now_ns);
    void keep(std::string_view frame);
    void wait_until(std::int64_t due_ns) noexcept;

    std::string rest_;
    std::size_t needed_ = 0;  // bytes of `rest_` without which it is of no use to look again
    std::vector<Heard> heard_;
    std::size_t untold_ = 0;
    bool odd_ = false;
    bool at_once_ = false;    // something of what is taken now has to be told
    std::int64_t due_ns_ = 0;
    // Whose voice was told last, and until when that is heard, at the soonest.
    std::string told_item_;
    std::int64_t heard_until_ns_ = 0;
};

}  // namespace media
