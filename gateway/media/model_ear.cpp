// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_ear.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "processors.hpp"
#include "wake_up.hpp"

namespace media {
namespace {

constexpr std::size_t kMostFrame = 16U << 20U;  // gateway/realtime/model_connection.py: MAX_FRAME
constexpr std::size_t kHead = 256;              // bytes in which a message's type is looked for
constexpr std::size_t kKept = 4096;             // of the memory for a frame's beginning
constexpr std::string_view kPong("\x8A\0", 2);  // the answer to a ping that asked for no more than a sign of life
constexpr std::int64_t kMs = 1'000'000;
// Pieces of an item wait for each other, ten or twenty of a service that sends one each five or ten milliseconds, but not
// until the caller has less than this to hear.
constexpr std::int64_t kLeft = 150 * kMs;
// While he has that, nobody waits for the end of what he hears.
constexpr std::int64_t kEnough = 300 * kMs;
constexpr std::size_t kPart = 30'000;     // bytes: below gateway/node/memory.py: LARGE_BYTES
constexpr std::int64_t kBytesPerMs = 48;  // of PCM at 24 kHz; G.711 has fewer, and waits less

constexpr std::array<std::string_view, 2> kVoices = {"response.output_audio.delta", "response.audio.delta"};
// Events for which nobody waits, as what follows from them is heard later, if ever. Those of pieces of text are, too.
constexpr std::array<std::string_view, 8> kBeginnings = {
    "conversation.item.added",
    "conversation.item.created",
    "input_audio_buffer.committed",
    "input_audio_buffer.speech_stopped",
    "rate_limits.updated",
    "response.content_part.added",
    "response.created",
    "response.output_item.added",
};
// The same while the caller has enough to hear.
constexpr std::array<std::string_view, 7> kEnds = {
    "conversation.item.done",
    "response.audio.done",
    "response.audio_transcript.done",
    "response.content_part.done",
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.output_text.done",
};
// The end of a response is one of these, unless it has one of these words: something is to be done then.
constexpr std::string_view kEnd = "response.done";
constexpr std::array<std::string_view, 5> kConsequences = {"function_call", "mcp_", "cancelled", "failed", "incomplete"};

// ---- JSON, as far as it is flat: gives up at whatever is not

class Flat {
public:
    explicit Flat(std::string_view text) noexcept : text_(text) {}

    // Calls `member` with each name and value; the value is empty if it is no text. False if the text is otherwise.
    template <typename Member>
    bool each(Member member) {
        if (!take('{')) return false;
        do {
            std::string_view name, value;
            if (!string(name) || !take(':') || !any(value)) return false;
            member(name, value);
        } while (take(','));
        if (!take('}')) return false;
        skip_space();
        return at_ == text_.size();
    }

private:
    void skip_space() noexcept {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) ++at_;
    }
    bool take(char wanted) noexcept {
        skip_space();
        if (at_ >= text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }
    // Without escapes, and of ASCII: the bytes of a long one are looked at by whoever decodes them.
    bool string(std::string_view& found) noexcept {
        if (!take('"')) return false;
        const std::size_t end = text_.find('"', at_);
        if (end == std::string_view::npos) return false;
        found = text_.substr(at_, end - at_);
        at_ = end + 1;
        if (found.size() > kHead) return found.back() != '\\';
        return std::all_of(found.begin(), found.end(), [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
    }
    bool any(std::string_view& value) noexcept {
        skip_space();
        if (at_ < text_.size() && text_[at_] == '"') return string(value);
        for (const std::string_view word : {"true", "false", "null"}) {
            if (text_.substr(at_, word.size()) != word) continue;
            at_ += word.size();
            return true;
        }
        return number();
    }
    bool number() noexcept {
        const std::size_t begin = at_;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
        const std::size_t digits = at_ - begin;
        return digits > 0 && digits < 16 && (digits == 1 || text_[begin] != '0');
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

// The first thing that is called "type", in the beginning of a message.
std::string_view type_of(std::string_view text) noexcept {
    const std::string_view head = text.substr(0, kHead);
    constexpr std::string_view kKey = "\"type\"";
    const std::size_t key = head.find(kKey);
    if (key == std::string_view::npos) return {};
    const std::size_t begin = head.find('"', key + kKey.size());
    const std::size_t end = begin == std::string_view::npos ? begin : head.find('"', begin + 1);
    return end == std::string_view::npos ? std::string_view() : head.substr(begin + 1, end - begin - 1);
}

bool ends_with(std::string_view text, std::string_view end) noexcept {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool is_voice(std::string_view type) noexcept { return std::find(kVoices.begin(), kVoices.end(), type) != kVoices.end(); }

bool has_consequences(std::string_view text) noexcept {
    return std::any_of(kConsequences.begin(), kConsequences.end(),
                       [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

bool is_beginning(std::string_view type) noexcept {
    return ends_with(type, ".delta") || std::find(kBeginnings.begin(), kBeginnings.end(), type) != kBeginnings.end();
}

bool is_end(std::string_view type, std::string_view text) noexcept {
    if (type == kEnd) return !has_consequences(text);
    return std::find(kEnds.begin(), kEnds.end(), type) != kEnds.end();
}

// ---- base64 (RFC 4648 section 4), strictly

constexpr std::uint32_t kForeign = 0xFF000000;

// What a letter is worth at each of the four places.
const auto kLetters = [] {
    std::array<std::array<std::uint32_t, 256>, 4> worth{};
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (unsigned place = 0; place < 4; ++place) {
        worth[place].fill(kForeign);
        for (std::uint32_t i = 0; i < 64; ++i) worth[place][static_cast<unsigned char>(kAlphabet[i])] = i << (18 - 6 * place);
    }
    return worth;
}();

std::uint32_t group(const unsigned char* letters) noexcept {
    return kLetters[0][letters[0]] | kLetters[1][letters[1]] | kLetters[2][letters[2]] | kLetters[3][letters[3]];
}

// Sixteen letters at a time become twelve bytes, as long as eight more follow: sixteen bytes are written. Returns how many
// letters did; stops at a foreign one.
FOR_BYTE_SHUFFLES
std::size_t bytes_of_most(char* out, const unsigned char* letters, std::size_t size) noexcept {
    using Bytes = std::int8_t __attribute__((vector_size(16)));
    using Words = std::uint32_t __attribute__((vector_size(16)));
    // Letters are known by both halves of their bits, which have no mark in common (W. Mula, D. Lemire, "Faster Base64
    // Encoding and Decoding Using AVX2 Instructions", 2018); what is added to one depends on the upper half, but for '/'.
    constexpr Bytes kLower = {0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A};
    constexpr Bytes kUpper = {0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10};
    constexpr Bytes kToNumber = {0, 63 - '/', 62 - '+', 52 - '0', -'A', -'A', 26 - 'a', 26 - 'a', 0, 0, 0, 0, 0, 0, 0, 0};
    constexpr Bytes kInOrder = {2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 3, 7, 11, 15};
    std::size_t at = 0;
    for (; at + sizeof(Bytes) + 8 <= size; at += sizeof(Bytes), out += 12) {
        Bytes some;
        std::memcpy(&some, letters + at, sizeof some);
        const Bytes upper = some >> 4 & 0x0F;
        const Bytes marks = __builtin_shuffle(kLower, some & 0x0F) & __builtin_shuffle(kUpper, upper);
        std::uint64_t foreign[2];
        std::memcpy(foreign, &marks, sizeof foreign);
        if ((foreign[0] | foreign[1]) != 0) break;
        some += __builtin_shuffle(kToNumber, upper + (some == '/'));
        Words sixes;
        std::memcpy(&sixes, &some, sizeof sixes);
        const Words threes = sixes << 18 | (sixes << 4 & 0x3F000) | (sixes >> 10 & 0xFC0) | sixes >> 24;
        Bytes bytes;
        std::memcpy(&bytes, &threes, sizeof bytes);
        bytes = __builtin_shuffle(bytes, kInOrder);
        std::memcpy(out, &bytes, sizeof bytes);
    }
    return at;
}

std::size_t bytes_of_none(char*, const unsigned char*, std::size_t) noexcept { return 0; }

const auto bytes_at_once = HAS_BYTE_SHUFFLES ? &bytes_of_most : &bytes_of_none;

// Appends to `into`; leaves it as it was, and returns false, if the text is not such.
bool decode(std::string_view text, std::string& into) {
    if (text.empty() || text.size() % 4 != 0) return false;
    const std::size_t pads = ends_with(text, "==") ? 2 : ends_with(text, "=") ? 1 : 0;
    const std::size_t before = into.size();
    into.resize(before + text.size() / 4 * 3);
    const auto* letters = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const end = letters + text.size() - (pads > 0 ? 4 : 0);
    char* out = into.data() + before;
    const std::size_t done = bytes_at_once(out, letters, static_cast<std::size_t>(end - letters));
    letters += done;
    out += done / 4 * 3;
    std::uint32_t wrong = 0;
    for (; letters != end; letters += 4, out += 3) {
        const std::uint32_t bits = group(letters);
        wrong |= bits;
        out[0] = static_cast<char>(bits >> 16 & 0xFF);
        out[1] = static_cast<char>(bits >> 8 & 0xFF);
        out[2] = static_cast<char>(bits & 0xFF);
    }
    if (pads > 0) {
        const unsigned char last[] = {letters[0], letters[1], pads == 2 ? static_cast<unsigned char>('A') : letters[2], 'A'};
        const std::uint32_t bits = group(last);
        wrong |= bits | ((bits & (pads == 2 ? 0xFFFFU : 0xFFU)) != 0 ? kForeign : 0U);
        out[0] = static_cast<char>(bits >> 16 & 0xFF);
        if (pads == 1) out[1] = static_cast<char>(bits >> 8 & 0xFF);
    }
    const bool right = (wrong & kForeign) == 0;
    into.resize(right ? into.size() - pads : before);
    return right;
}

}  // namespace

std::size_t Heard::size() const noexcept {
    std::size_t all = 0;
    for (const std::string& part : bytes) all += part.size();
    return all;
}

std::string& Heard::room(std::size_t more) {
    if (bytes.empty() || bytes.back().size() + more > kPart) return bytes.emplace_back();
    std::string& last = bytes.back();
    if (last.size() + more > last.capacity()) last.reserve(kPart);
    return last;
}

bool ModelEar::take(std::string_view came, std::int64_t now_ns) {
    at_once_ = false;
    if (odd_ || !rest_.empty()) {
        rest_.append(came);
        if (odd_ || rest_.size() < needed_) return false;
        const std::string whole = std::exchange(rest_, {});
        const std::size_t passed = pass(whole, now_ns);
        rest_.assign(whole, passed);
    } else {
        rest_.assign(came.substr(pass(came, now_ns)));
    }
    return at_once_;
}

// Takes whole frames; returns how many bytes they had.
std::size_t ModelEar::pass(std::string_view came, std::int64_t now_ns) {
    std::size_t at = 0;
    while (at < came.size() && !odd_) {
        const std::size_t size = pass_frame(came.substr(at), now_ns);
        if (size == 0) break;
        at += size;
    }
    return at;
}

// Returns the size of the first frame, 0 if it is not all there, or odd.
std::size_t ModelEar::pass_frame(std::string_view came, std::int64_t now_ns) {
    const auto byte = [came](std::size_t at) { return static_cast<unsigned char>(came[at]); };
    const unsigned second = came.size() > 1 ? byte(1) : 0;
    const std::size_t header = second == 126 ? 4 : second == 127 ? 10 : 2;
    if (came.size() < header) {
        needed_ = header;
        return 0;
    }
    std::size_t length = header == 2 ? second : 0;
    for (std::size_t at = 2; at < header; ++at) length = length << 8U | byte(at);
    const unsigned first = byte(0);
    const bool message_in_one = first == 0x81 || first == 0x82;
    const bool control = first >= 0x88 && first <= 0x8A;
    if (!(message_in_one || control) || (second & 0x80U) != 0 || length > kMostFrame) {
        odd_ = at_once_ = true;
        return 0;
    }
    needed_ = header + length;
    if (came.size() < needed_) return 0;
    const std::string_view frame = came.substr(0, needed_);
    if (first == 0x81) {
        message(frame, frame.substr(header), now_ns);
    } else if (frame != kPong) {
        keep(frame);
        at_once_ = true;
    }
    return frame.size();
}

void ModelEar::message(std::string_view frame, std::string_view text, std::int64_t now_ns) {
    const std::string_view type = type_of(text);
    if (is_voice(type) && voice(text, now_ns)) return;
    keep(frame);
    if (is_beginning(type) || (is_end(type, text) && heard_until_ns_ - now_ns >= kEnough)) {
        wait_until(now_ns + WakeUp::kPatience);
    } else {
        at_once_ = true;
    }
}

bool ModelEar::voice(std::string_view text, std::int64_t now_ns) {
    std::string_view type, response, item, audio;
    const bool flat = Flat(text).each([&](std::string_view name, std::string_view value) {
        if (name == "type") type = value;
        if (name == "response_id") response = value;
        if (name == "item_id") item = value;
        if (name == "delta") audio = value;
    });
    if (!flat || !is_voice(type) || response.empty() || item.empty() || audio.empty()) return false;
    const bool goes_on = !heard_.empty() && heard_.back().voice && heard_.back().item == item && heard_.back().response == response;
    if (!goes_on) heard_.push_back({true, std::string(response), std::string(item), {}});
    std::string& pcm = heard_.back().room(audio.size() / 4 * 3);
    const std::size_t before = pcm.size();
    if (!decode(audio, pcm)) {
        if (!goes_on) heard_.pop_back();
        return false;
    }
    untold_ += pcm.size() - before;
    if (item == told_item_ && heard_until_ns_ - now_ns > kLeft) {
        wait_until(std::min(now_ns + WakeUp::kPatience, heard_until_ns_ - kLeft));
    } else {
        at_once_ = true;
    }
    return true;
}

void ModelEar::keep(std::string_view frame) {
    if (heard_.empty() || heard_.back().voice) heard_.emplace_back();
    heard_.back().room(frame.size()).append(frame);
    untold_ += frame.size();
}

void ModelEar::wait_until(std::int64_t due_ns) noexcept { due_ns_ = due_ns_ == 0 ? due_ns : std::min(due_ns_, due_ns); }

std::vector<Heard> ModelEar::told(std::int64_t now_ns) {
    for (const Heard& one : heard_) {
        if (!one.voice) continue;
        if (one.item != told_item_) {
            told_item_ = one.item;
            heard_until_ns_ = 0;
        }
        heard_until_ns_ = std::max(heard_until_ns_, now_ns) + static_cast<std::int64_t>(one.size()) * kMs / kBytesPerMs;
    }
    due_ns_ = 0;
    untold_ = 0;
    return std::exchange(heard_, {});
}

std::string ModelEar::rest() { return std::exchange(rest_, {}); }

}  // namespace media
