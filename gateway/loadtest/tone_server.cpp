// SPDX-License-Identifier: GPL-3.0-or-later
#include "tone_server.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace loadtest {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kTogether = 2 * kMs;     // what comes within is read at one go
constexpr std::int64_t kBetweenPieces = 5 * kMs;  // of an answer: much faster than it is heard, as services are
constexpr std::int64_t kSecond = 1000 * kMs;
constexpr int kPieceMs = 200;
constexpr int kRate = 24'000;
constexpr int kBytesPerMs = kRate / 1000 * 2;
constexpr std::size_t kFrameBytes = kRate / 50 * 2;             // 20 ms
constexpr std::size_t kFrameText = kFrameBytes / 3 * 4;         // the same in base64
constexpr double kLoud = 184.0 * 184.0;                         // -45 dBFS: gateway/loadtest/listening.py
constexpr int kLoudFrames = 3;                                  // that are a voice
constexpr int kQuietFrames = 25;                                // that end a turn
constexpr double kPi = 3.14159265358979323846;

std::int64_t now_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

void note_origin(Heard& heard) {
    const std::int64_t now = now_ns();
    const Origin origin{now / kSecond * kSecond, now - heard.bytes * kMs / kBytesPerMs};
    std::vector<Origin>& all = heard.origins;
    if (all.empty() || all.back().second != origin.second) {
        all.push_back(origin);
    } else {
        all.back().began = std::min(all.back().began, origin.began);
    }
}

void nap() {
    const std::int64_t until = (now_ns() / kTogether + 1) * kTogether;
    const timespec when{until / 1'000'000'000LL, until % 1'000'000'000LL};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr);
}

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const std::array<std::uint8_t, 256> kDecoded = [] {
    std::array<std::uint8_t, 256> decoded{};
    for (std::uint8_t i = 0; i < 64; ++i) decoded[static_cast<unsigned char>(kAlphabet[i])] = i;
    return decoded;
}();

// Of whole groups of three bytes.
std::string base64(const std::vector<std::int16_t>& samples) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(samples.data());
    std::string text;
    text.reserve(samples.size() * 8 / 3);
    for (std::size_t i = 0; i + 2 < samples.size() * 2; i += 3) {
        const unsigned group = bytes[i] << 16U | bytes[i + 1] << 8U | bytes[i + 2];
        for (const unsigned shift : {18U, 12U, 6U, 0U}) text += kAlphabet[group >> shift & 63U];
    }
    return text;
}

std::string frame(std::string_view payload, char opcode = 1) {
    std::string made(1, static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) {
        made += static_cast<char>(payload.size());
    } else {
        const int wide = payload.size() > 65'535 ? 8 : 2;
        made += static_cast<char>(wide == 8 ? 127 : 126);
        for (int i = wide; i-- > 0;) made += static_cast<char>(payload.size() >> (8 * i) & 0xff);
    }
    return made.append(payload);
}

}  // namespace

struct ToneServer::Session {
    int socket;
    std::shared_ptr<media::SecureSocket> secure;  // has the socket, where there is TLS
    Heard heard;
    std::string in, out;
    const Tone* says = nullptr;
    bool finds_turns = true;
    bool open = true;
    int loud = 0, quiet = 0;
    bool in_turn = false;
    int turns = 0, answers = 0;
    int next_piece = -1;  // of the answer that is being given; -1: none is

    void send(std::string_view bytes) {
        while (out.empty() && !bytes.empty()) {
            const std::size_t sent = send_some(bytes);
            if (sent == 0) break;
            bytes.remove_prefix(sent);
        }
        out.append(bytes);
    }
    // Returns how much the socket took.
    std::size_t send_some(std::string_view bytes) {
        if (secure) return secure->send(bytes.data(), bytes.size()).bytes;
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        return sent > 0 ? static_cast<std::size_t>(sent) : 0;
    }
    // Returns how much came, 0 if nothing is there now, -1 if nothing will come any more.
    ssize_t receive(char* into, std::size_t size) {
        if (secure) {
            const media::SecureSocket::Taken taken = secure->receive(into, size);
            if (taken.state == media::TlsState::done) return static_cast<ssize_t>(taken.bytes);
            return taken.state == media::TlsState::closed || taken.state == media::TlsState::failed ? -1 : 0;
        }
        const ssize_t came = recv(socket, into, size, MSG_DONTWAIT);
        if (came > 0) return came;
        return came < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
    }
    void close() {
        if (secure) {
            secure->close(true);
        } else {
            ::close(socket);
        }
    }
    void event(const std::string& fields) { send(frame("{\"event_id\":\"event_1\"," + fields + "}")); }
    std::string answer() const { return std::to_string(answers); }
    std::string place() const {
        return "\"response_id\":\"resp_" + answer() + "\",\"item_id\":\"item_" + answer() +
               "\",\"output_index\":0,\"content_index\":0";
    }
    long ms() const { return static_cast<long>(heard.bytes / kBytesPerMs); }
};

ToneServer::ToneServer() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll");
}

ToneServer::~ToneServer() {
    for (Session& session : sessions_) session.close();
    ::close(epoll_);
}

void ToneServer::adopt(int socket, std::shared_ptr<media::SecureSocket> secure, const std::string& call) {
    const std::lock_guard guard(mutex_);
    Session& session = sessions_.emplace_back();
    session.socket = secure ? secure->socket() : socket;
    session.secure = std::move(secure);
    session.heard.call = call;
    session.event(R"("type":"session.created","session":{"type":"realtime","object":"realtime.session","id":"sess_1"})");
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.ptr = &session;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, session.socket, &interest) != 0)
        throw std::system_error(errno, std::generic_category(), "a client's socket");
}

void ToneServer::run() {
    std::array<epoll_event, 512> ready;
    while (!stopping_) {
        const int count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 5);
        for (int i = 0; i < count; ++i) serve(*static_cast<Session*>(ready[static_cast<std::size_t>(i)].data.ptr));
        look_at_the_clock();
        nap();
    }
}

void ToneServer::look_at_the_clock() {
    const std::int64_t now = now_ns();
    const bool speaks = now - spoke_ >= kBetweenPieces;
    if (speaks) spoke_ = now;
    const std::lock_guard guard(mutex_);
    for (auto session = sessions_.begin(); session != sessions_.end();) {
        if (!session->out.empty()) session->send(std::exchange(session->out, {}));
        if (speaks && session->next_piece >= 0) go_on_speaking(*session);
        if (!session->open) {
            leave(*session);
            session = sessions_.erase(session);
        } else {
            ++session;
        }
    }
}

void ToneServer::leave(Session& session) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, session.socket, nullptr);
    session.close();
    gone_.push_back(std::move(session.heard));
}

std::vector<Heard> ToneServer::heard() const {
    const std::lock_guard guard(mutex_);
    std::vector<Heard> all = gone_;
    for (const Session& session : sessions_) all.push_back(session.heard);
    return all;
}

// --------------------------------------------------------------------------------------- what clients say

void ToneServer::serve(Session& session) {
    const std::lock_guard guard(mutex_);
    std::array<char, 65'536> bytes;
    ssize_t came;
    do {  // what is decrypted already would wake nobody
        came = session.receive(bytes.data(), bytes.size());
        if (came < 0) session.open = false;
        if (came <= 0) return;
        session.in.append(bytes.data(), static_cast<std::size_t>(came));
        read_frames(session);
    } while (came == static_cast<ssize_t>(bytes.size()));
}

// Of a client, and so masked (RFC 6455 section 5.3); none is in fragments.
void ToneServer::read_frames(Session& session) {
    std::size_t at = 0;
    while (session.in.size() - at >= 6) {
        auto* const head = reinterpret_cast<unsigned char*>(session.in.data()) + at;
        const unsigned told = head[1] & 0x7fU;
        const std::size_t wide = told == 126 ? 2 : told == 127 ? 8 : 0;
        if (session.in.size() - at < 6 + wide) break;
        std::size_t size = wide == 0 ? told : 0;
        for (std::size_t i = 0; i < wide; ++i) size = size << 8U | head[2 + i];
        if (session.in.size() - at < 6 + wide + size) break;
        const unsigned char* const mask = head + 2 + wide;
        char* const text = session.in.data() + at + 6 + wide;
        for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(text[i] ^ static_cast<char>(mask[i & 3U]));
        const unsigned opcode = head[0] & 0xfU;
        if (opcode == 8) {
            session.send(frame({text, size}, 8));
            session.open = false;
        } else if (opcode == 9) {
            session.send(frame({text, size}, 10));
        } else if (opcode <= 2) {
            take_message(session, {text, size});
        }
        at += 6 + wide + size;
    }
    session.in.erase(0, at);
}

void ToneServer::take_message(Session& session, std::string_view text) {
    const std::string_view begins = text.substr(0, 96);
    const auto is = [&](const char* type) { return begins.find(type) != std::string_view::npos; };
    if (is("input_audio_buffer.append")) {
        constexpr std::string_view kAudio = "\"audio\":";
        const std::size_t key = text.find(kAudio);
        const std::size_t begin = key == std::string_view::npos ? key : text.find('"', key + kAudio.size());
        const std::size_t end = begin == std::string_view::npos ? begin : text.find('"', begin + 1);
        if (end != std::string_view::npos) take_audio(session, text.substr(begin + 1, end - begin - 1));
    } else if (is("\"session.update\"")) {
        configure(session, text);
    } else if (is("input_audio_buffer.commit")) {
        session.event(R"("type":"input_audio_buffer.committed","item_id":"turn_)" + std::to_string(++session.turns) + "\"");
    } else if (is("\"response.create\"")) {
        respond(session);
    } else if (is("\"response.cancel\"")) {
        end_response(session, "cancelled");
    } else if (is("conversation.item.retrieve")) {
        session.event(R"("type":"error","error":{"type":"invalid_request_error","code":"item_retrieve_invalid_item_id","message":"no such item"})");
    }
}

void ToneServer::configure(Session& session, std::string_view text) {
    session.finds_turns = text.find("\"turn_detection\":null") == std::string_view::npos;
    double hz = 440;
    int ms = 4000;
    const std::size_t at = text.find("\"tone-");
    if (at != std::string_view::npos) {
        const std::string voice(text.substr(at + 6, 32));
        char* rest = nullptr;
        hz = std::strtod(voice.c_str(), &rest);
        if (*rest == '-') ms = static_cast<int>(std::strtol(rest + 1, nullptr, 10));
    }
    session.says = &tone(hz, ms);
    session.event(R"("type":"session.updated","session":{"type":"realtime","object":"realtime.session","id":"sess_1"})");
}

// By one sample in twelve: whether somebody speaks is told by that as well.
void ToneServer::take_audio(Session& session, std::string_view text) {
    constexpr std::size_t kStep = 32;  // 24 bytes
    const auto* const code = reinterpret_cast<const unsigned char*>(text.data());
    for (std::size_t begin = 0; begin < text.size(); begin += kFrameText) {
        const std::size_t end = std::min(begin + kFrameText, text.size());
        double energy = 0;
        int samples = 0;
        for (std::size_t at = begin; at + 4 <= end; at += kStep, ++samples) {
            const unsigned low = kDecoded[code[at]] << 2U | kDecoded[code[at + 1]] >> 4U;
            const unsigned high = (kDecoded[code[at + 1]] << 4U | kDecoded[code[at + 2]] >> 2U) & 0xffU;
            const auto sample = static_cast<std::int16_t>(static_cast<std::uint16_t>(high << 8U | low));
            energy += static_cast<double>(sample) * sample;
        }
        session.heard.bytes += static_cast<std::int64_t>((end - begin) / 4 * 3);
        hear(session, energy > kLoud * std::max(samples, 1));
    }
    note_origin(session.heard);
}

void ToneServer::hear(Session& session, bool loud) {
    if (!session.finds_turns) return;
    session.loud = loud ? session.loud + 1 : 0;
    session.quiet = loud ? 0 : session.quiet + 1;
    if (!session.in_turn && session.loud == kLoudFrames) {
        session.in_turn = true;
        const long began = std::max(0L, session.ms() - 20 * kLoudFrames);
        session.event(R"("type":"input_audio_buffer.speech_started","item_id":"turn_)" + std::to_string(++session.turns) +
                      "\",\"audio_start_ms\":" + std::to_string(began));
        session.heard.speech_started.push_back(now_ns());
        end_response(session, "cancelled");
    } else if (session.in_turn && session.quiet == kQuietFrames) {
        end_turn(session);
    }
}

void ToneServer::end_turn(Session& session) {
    session.in_turn = false;
    const std::string turn = "\"item_id\":\"turn_" + std::to_string(session.turns) + "\"";
    const long ended = std::max(0L, session.ms() - 20 * kQuietFrames);
    session.event("\"type\":\"input_audio_buffer.speech_stopped\"," + turn + ",\"audio_end_ms\":" + std::to_string(ended));
    session.event("\"type\":\"input_audio_buffer.committed\"," + turn);
    respond(session);
}

// --------------------------------------------------------------------------------------------- what it says

void ToneServer::respond(Session& session) {
    if (session.next_piece >= 0 || session.says == nullptr) return;
    ++session.answers;
    session.event("\"type\":\"response.created\",\"response\":{\"object\":\"realtime.response\",\"id\":\"resp_" + session.answer() +
                  R"(","status":"in_progress","output":[],"conversation_id":"conv_1"})");
    session.event("\"type\":\"response.output_item.added\",\"response_id\":\"resp_" + session.answer() +
                  "\",\"output_index\":0,\"item\":{\"id\":\"item_" + session.answer() +
                  R"(","type":"message","status":"in_progress","role":"assistant","content":[]})");
    session.event("\"type\":\"response.output_audio_transcript.delta\"," + session.place() + ",\"delta\":\"A tone.\"");
    session.next_piece = 0;
    session.heard.first_sound.push_back(now_ns());
    go_on_speaking(session);
}

void ToneServer::go_on_speaking(Session& session) {
    const Tone& says = *session.says;
    const int piece = session.next_piece++;
    const std::string& sound = piece == 0 ? says.first : piece + 1 < says.pieces ? says.middle : says.last;
    session.event("\"type\":\"response.output_audio.delta\"," + session.place() + ",\"delta\":\"" + sound + "\"");
    if (session.next_piece < says.pieces) return;
    session.event("\"type\":\"response.output_audio.done\"," + session.place());
    session.event("\"type\":\"response.output_audio_transcript.done\"," + session.place() + ",\"transcript\":\"A tone.\"");
    end_response(session, "completed");
}

void ToneServer::end_response(Session& session, const char* status) {
    if (session.next_piece < 0) return;
    session.next_piece = -1;
    session.event("\"type\":\"response.done\",\"response\":{\"object\":\"realtime.response\",\"id\":\"resp_" + session.answer() +
                  "\",\"status\":\"" + status + R"(","output":[],"conversation_id":"conv_1"})");
}

// Every period begins anew with a piece: whole hertz that five divides, as those of a load test.
const Tone& ToneServer::tone(double hz, int ms) {
    const auto [found, is_new] = tones_.try_emplace({hz, ms});
    if (!is_new) return found->second;
    constexpr int kSamples = kRate / 1000 * kPieceMs, kRamp = kRate / 200;
    std::vector<std::int16_t> whole(kSamples);
    for (int i = 0; i < kSamples; ++i)
        whole[static_cast<std::size_t>(i)] = static_cast<std::int16_t>(8000 * std::sin(2 * kPi * hz * i / kRate));
    std::vector<std::int16_t> begins = whole, ends = whole;
    for (int i = 0; i < kRamp; ++i) {
        const auto soften = [i](std::int16_t& sample) { sample = static_cast<std::int16_t>(sample * i / kRamp); };
        soften(begins[static_cast<std::size_t>(i)]);
        soften(ends[static_cast<std::size_t>(kSamples - 1 - i)]);
    }
    found->second = {base64(begins), base64(whole), base64(ends), std::max(2, ms / kPieceMs)};
    return found->second;
}

}  // namespace loadtest
