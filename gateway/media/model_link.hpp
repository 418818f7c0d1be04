// SPDX-License-Identifier: GPL-3.0-or-later
// A model's socket, to which everybody writes here: Python its messages, and the links' own thread the caller's audio,
// straight from a channel's ring, without Python between a packet and its message. Python reads it, or has it read by
// that thread, and is told what was heard in larger pieces (`model_ear.hpp`).
//
// Whoever writes writes whole frames or leaves the rest of one here, so that none gets into another. What is out of
// the ordinary is Python's again: a socket that takes no more, audio that was overwritten, a frame that is not plain, the
// end. A channel is handed back then, with all that was not sent, and the socket with all that was not understood.
//
// Threads: Python's, and the links' (`turn`, `hear`); both lock for as long as a system call takes.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "append_frame.hpp"
#include "channel.hpp"
#include "kept_sound.hpp"
#include "link_news.hpp"
#include "model_ear.hpp"
#include "secure_socket.hpp"
#include "wake_up.hpp"

namespace media {

// Whoever is told what was heard, on Python's thread.
class LinkListener {
public:
    LinkListener() = default;
    virtual ~LinkListener() = default;
    LinkListener(const LinkListener&) = delete;
    LinkListener& operator=(const LinkListener&) = delete;

    // `over`: no more is read here; frames that were not understood come last.
    virtual void heard(std::vector<Heard> what, bool over) = 0;
};

class ModelLink : public SoundSource, public std::enable_shared_from_this<ModelLink> {
public:
    using Count = std::atomic<int>;

    // Has a descriptor of its own for the socket, which must not block, unless `secure` has it: then all is written
    // to that. Counted in `open` until it is closed. Throws std::system_error.
    ModelLink(int socket, std::shared_ptr<SecureSocket> secure, std::shared_ptr<Count> open, std::shared_ptr<LinkNews> news);
    ~ModelLink() override { close(); }

    // Python's thread.
    void write(const char* bytes, std::size_t size);
    // Bytes that the socket did not take yet.
    std::size_t pending() const noexcept { return pending_.load(std::memory_order_relaxed); }
    // No more is written after what waits (FIN).
    void finish() noexcept;
    // From now on the caller's audio goes from this channel to the socket, and what was sent to those who keep it: from
    // time to time, and when they are asked.
    void carry(std::shared_ptr<Channel> channel, std::vector<std::shared_ptr<KeptSound>> keepers) noexcept;
    void release() noexcept;
    void close() noexcept;
    // From now on what comes is read here, where Python reads no more; `before` was read there and is no whole frame.
    // Throws std::system_error.
    void listen(std::string_view before, std::shared_ptr<LinkListener> listener);
    // Reads no more; returns what was not told, the beginning of a frame last.
    std::vector<Heard> hush();
    void tell();
    void bring() noexcept override;
    const std::shared_ptr<LinkNews>& news() const noexcept { return news_; }
    // When something came last, told or not, by CLOCK_MONOTONIC; 0 if nothing was read here.
    std::int64_t came_ns() const noexcept { return came_ns_.load(std::memory_order_relaxed); }

    // The links' thread.
    void turn(AppendFrame& frame) noexcept;
    // Asks for the memory that this will need so many turns later.
    void expect(int turns) noexcept;
    // Reads what is there, and has it told. `into`: memory to read to.
    void hear(char* into, std::size_t size, WakeUp& wake_up) noexcept;
    bool gone() const noexcept { return gone_.load(std::memory_order_relaxed); }

private:
    bool flush() noexcept;
    std::size_t send(const char* bytes, std::size_t size) noexcept;
    std::ptrdiff_t send_some(const char* bytes, std::size_t size) noexcept;
    void keep(const char* bytes, std::size_t size);
    void keep_sent() noexcept;
    void hand_back() noexcept;
    void shut() noexcept;
    void watch();
    bool read(char* into, std::size_t size) noexcept;
    std::ptrdiff_t receive(char* into, std::size_t size) noexcept;
    void read_no_more() noexcept;
    void list();

    const std::shared_ptr<Count> open_;
    const std::shared_ptr<SecureSocket> secure_;
    const std::shared_ptr<LinkNews> news_;
    std::mutex mutex_;
    int socket_;  // -1: `secure_` has it
    bool broken_ = false;     // what is written goes nowhere; whoever reads the socket hears why
    bool finishing_ = false;
    std::string waiting_;     // of the socket
    std::shared_ptr<Channel> channel_;
    std::vector<std::shared_ptr<KeptSound>> keepers_;  // of what is sent from there
    std::uint64_t kept_ = 0;                            // frames of its that they need not be given any more
    std::shared_ptr<LinkListener> listener_;  // Python's thread's own
    std::unique_ptr<ModelEar> ear_;           // while what comes is read here, and until it was told
    int watched_ = -1;                        // what is read; -1: nothing
    bool over_ = false;                       // no more will be read, which is to be told
    bool full_ = false;                       // it rests until Python has taken what there is
    bool listed_ = false;                     // among those who have something to tell
    std::atomic<std::size_t> pending_{0};
    std::atomic<std::int64_t> came_ns_{0};
    std::atomic<bool> gone_{false};
};

}  // namespace media
