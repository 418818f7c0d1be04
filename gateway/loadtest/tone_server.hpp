// SPDX-License-Identifier: GPL-3.0-or-later
// A model's server for load tests that is not what is measured: it hears callers by their loudness, answers with a
// tone, and costs a tenth of the embedded one. It knows when it said what, by the clock of the packets' capture.
//
// Whoever adopts a connection has shaken hands on it. What comes is read every few milliseconds at one go, so that a
// caller's message costs little more than its system call.
//
// Threads: `run` is one; `adopt`, `stop` and what is told may be called from another.

#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../media/secure_socket.hpp"

namespace loadtest {

// What an agent says: pieces of 200 ms, as base64 of PCM16LE at 24 kHz.
struct Tone {
    std::string first, middle, last;
    int pieces;  // of all
};

// Times in ns of CLOCK_MONOTONIC.

// When a caller's audio would have begun if all of it had come as punctually as the most punctual message of a
// second. It stays where it is while nothing is missing, and moves by the length of whatever is lost.
struct Origin {
    std::int64_t second;  // its beginning
    std::int64_t began;
};

struct Heard {
    std::string call;
    std::int64_t bytes = 0;                    // PCM of the caller
    std::vector<Origin> origins;               // of each second in which it was heard
    std::vector<std::int64_t> speech_started;  // each as it was sent
    std::vector<std::int64_t> first_sound;     // of each answer
};

class ToneServer {
public:
    ToneServer();   // throws std::system_error
    ~ToneServer();
    ToneServer(const ToneServer&) = delete;
    ToneServer& operator=(const ToneServer&) = delete;

    // A connected socket that is ours from now on, unless `secure` has it: then all is said under TLS. And the name of
    // its call. Throws std::system_error.
    void adopt(int socket, std::shared_ptr<media::SecureSocket> secure, const std::string& call);
    // Serve until stopped.
    void run();
    void stop() noexcept { stopping_ = true; }

    std::vector<Heard> heard() const;

private:
    struct Session;

    void serve(Session& session);
    void read_frames(Session& session);
    void take_message(Session& session, std::string_view text);
    void take_audio(Session& session, std::string_view base64);
    void hear(Session& session, bool loud);
    void end_turn(Session& session);
    void respond(Session& session);
    void go_on_speaking(Session& session);
    void end_response(Session& session, const char* status);
    void configure(Session& session, std::string_view text);
    void leave(Session& session);
    void look_at_the_clock();
    const Tone& tone(double hz, int ms);

    int epoll_;
    std::atomic<bool> stopping_{false};
    mutable std::mutex mutex_;  // of what follows, where two threads have it
    std::list<Session> sessions_;
    std::vector<Heard> gone_;
    // Of the thread that runs:
    std::map<std::pair<double, int>, Tone> tones_;
    std::int64_t spoke_ = 0;
};

}  // namespace loadtest
