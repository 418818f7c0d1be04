// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_link.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "monotonic.hpp"

namespace media {
namespace {

constexpr std::size_t kMostUntold = 4U << 20U;  // bytes: a minute and a half of a voice
constexpr std::uint64_t kKeptTogether = 25;     // frames, half a second: a tick alone costs several times as much

}  // namespace

ModelLink::ModelLink(int socket, std::shared_ptr<SecureSocket> secure, std::shared_ptr<Count> open, std::shared_ptr<LinkNews> news)
    : open_(std::move(open)),
      secure_(std::move(secure)),
      news_(std::move(news)),
      socket_(secure_ ? -1 : fcntl(socket, F_DUPFD_CLOEXEC, 0)) {
    if (!secure_ && socket_ < 0) throw std::system_error(errno, std::generic_category(), "a model's socket");
    ++*open_;
}

void ModelLink::write(const char* bytes, std::size_t size) {
    const std::lock_guard guard(mutex_);
    if (broken_ || gone()) return;
    const std::size_t sent = waiting_.empty() ? send(bytes, size) : 0;
    keep(bytes + sent, size - sent);
}

void ModelLink::finish() noexcept {
    const std::lock_guard guard(mutex_);
    finishing_ = true;
    if (waiting_.empty()) shut();
}

void ModelLink::carry(std::shared_ptr<Channel> channel, std::vector<std::shared_ptr<KeptSound>> keepers) noexcept {
    const std::lock_guard guard(mutex_);
    if (gone() || broken_ || channel == channel_) return;
    hand_back();
    channel->capture().begin_sending();
    channel->hears_directly(true);
    channel_ = std::move(channel);
    keepers_ = std::move(keepers);
    kept_ = channel_->capture().sent();
    for (const auto& keeper : keepers_) keeper->come_from(weak_from_this());
}

void ModelLink::release() noexcept {
    const std::lock_guard guard(mutex_);
    hand_back();
}

void ModelLink::close() noexcept {
    const std::lock_guard guard(mutex_);
    if (gone_.exchange(true, std::memory_order_relaxed)) return;
    hand_back();
    read_no_more();
    ear_.reset();
    listener_.reset();
    if (!secure_) ::close(socket_);
    waiting_.clear();
    waiting_.shrink_to_fit();
    pending_.store(0, std::memory_order_relaxed);
    --*open_;
}

void ModelLink::bring() noexcept {
    const std::lock_guard guard(mutex_);
    if (channel_) keep_sent();
}

void ModelLink::turn(AppendFrame& frame) noexcept {
    const std::lock_guard guard(mutex_);
    if (gone() || !flush()) return hand_back();
    if (!channel_) return;
    Capture& capture = channel_->capture();
    const std::size_t frame_bytes = capture.count() * sizeof(std::int16_t);
    std::array<std::int16_t, AppendFrame::kMostPcm / sizeof(std::int16_t)> pcm;
    const std::size_t frames = capture.send(pcm.data(), AppendFrame::kMostPcm / frame_bytes);
    if (frames == 0) {
        if (capture.overwritten()) hand_back();
        return;
    }
    const std::string_view message = frame.make(reinterpret_cast<const std::uint8_t*>(pcm.data()), frames * capture.sent_bytes());
    const std::size_t sent = send(message.data(), message.size());
    if (!keepers_.empty() && capture.sent() - kept_ >= kKeptTogether) keep_sent();
    if (sent == message.size() && !broken_) return;
    keep(message.data() + sent, message.size() - sent);
    hand_back();
}

void ModelLink::expect(int turns) noexcept {
    if (turns > 1) return fetch(this, sizeof *this);
    const std::unique_lock guard(mutex_, std::try_to_lock);
    if (guard && channel_) channel_->capture().expect_sent();
}

// ------------------------------------------------------------------------------------------- hearing

void ModelLink::listen(std::string_view before, std::shared_ptr<LinkListener> listener) {
    const std::lock_guard guard(mutex_);
    if (gone()) return;
    ear_ = std::make_unique<ModelEar>();
    over_ = full_ = false;
    listener_ = std::move(listener);
    ear_->take(before, now_ns());
    watched_ = secure_ ? secure_->socket() : socket_;
    watch();
}

std::vector<Heard> ModelLink::hush() {
    const std::lock_guard guard(mutex_);
    listener_.reset();
    if (!ear_) return {};
    read_no_more();
    std::vector<Heard> heard = ear_->told(now_ns());
    if (std::string rest = ear_->rest(); !rest.empty()) heard.push_back({false, {}, {}, {std::move(rest)}});
    ear_.reset();
    return heard;
}

void ModelLink::tell() {
    std::vector<Heard> heard;
    bool over;
    const std::shared_ptr<LinkListener> listener = listener_;  // who may close us
    {
        const std::lock_guard guard(mutex_);
        listed_ = false;
        if (!ear_) return;
        heard = ear_->told(now_ns());
        over = over_;
        if (std::string rest; over && !(rest = ear_->rest()).empty()) heard.push_back({false, {}, {}, {std::move(rest)}});
        if (over) ear_.reset();
        if (std::exchange(full_, false) && watched_ >= 0) watch();
    }
    if (listener) listener->heard(std::move(heard), over);
}

void ModelLink::hear(char* into, std::size_t size, WakeUp& wake_up) noexcept {
    const std::lock_guard guard(mutex_);
    if (!ear_ || watched_ < 0 || full_) return;
    const bool now = read(into, size);
    if (!now && !ear_->waits()) return;
    if (now) {
        wake_up.needed();
    } else {
        wake_up.needed_by(ear_->due_ns());
    }
    list();
}

// ---------------------------------------------------------------------------------------- under the lock

void ModelLink::watch() {
    news_->watch(watched_, *this);
    if (!secure_) return;
    // What is decrypted already would wake nobody.
    std::array<char, 4096> some;
    if (!read(some.data(), some.size()) && !ear_->waits()) return;
    list();
    news_->ring();
}

// Returns whether what was read is to be told now.
bool ModelLink::read(char* into, std::size_t size) noexcept {
    bool now = false;
    for (;;) {
        const std::ptrdiff_t got = receive(into, size);
        if (got == 0) break;
        if (got > 0) {
            const std::int64_t came = now_ns();
            came_ns_.store(came, std::memory_order_relaxed);
            now = ear_->take({into, static_cast<std::size_t>(got)}, came) || now;
        }
        over_ = got < 0 || ear_->odd();
        if (over_) {
            read_no_more();
            return true;
        }
        if (ear_->untold() > kMostUntold) {
            news_->ignore(watched_);
            return full_ = true;
        }
        if (static_cast<std::size_t>(got) < size) break;
    }
    return now;
}

// Returns how much came, 0 if nothing is there now, -1 if nothing will come any more.
std::ptrdiff_t ModelLink::receive(char* into, std::size_t size) noexcept {
    if (secure_) {
        const SecureSocket::Taken taken = secure_->receive(into, size);
        if (taken.state == TlsState::done) return static_cast<std::ptrdiff_t>(taken.bytes);
        return taken.state == TlsState::failed || taken.state == TlsState::closed ? -1 : 0;
    }
    const ssize_t got = ::recv(socket_, into, size, MSG_DONTWAIT);
    if (got > 0) return got;
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
}

void ModelLink::read_no_more() noexcept {
    if (watched_ >= 0 && !full_) news_->ignore(watched_);
    watched_ = -1;
    full_ = false;
}

void ModelLink::list() {
    if (!std::exchange(listed_, true)) news_->add(shared_from_this());
}

// False if something still waits, or nothing leaves any more.
bool ModelLink::flush() noexcept {
    if (waiting_.empty()) return !broken_;
    waiting_.erase(0, send(waiting_.data(), waiting_.size()));
    pending_.store(waiting_.size(), std::memory_order_relaxed);
    if (!waiting_.empty()) return false;
    waiting_.shrink_to_fit();
    if (finishing_) shut();
    return !broken_;
}

// Returns how much the socket took; all of it if it is broken.
std::size_t ModelLink::send(const char* bytes, std::size_t size) noexcept {
    std::size_t sent = 0;
    while (sent < size && !broken_) {
        const std::ptrdiff_t taken = send_some(bytes + sent, size - sent);
        if (taken == 0) return sent;
        if (taken > 0) sent += static_cast<std::size_t>(taken);
    }
    return size;
}

// Returns how much the socket took, 0 if it takes nothing now; negative if it may be asked again or is broken.
std::ptrdiff_t ModelLink::send_some(const char* bytes, std::size_t size) noexcept {
    if (secure_) {
        const SecureSocket::Taken taken = secure_->send(bytes, size);
        if (taken.state == TlsState::done) return static_cast<std::ptrdiff_t>(taken.bytes);
        broken_ = taken.state == TlsState::failed || taken.state == TlsState::closed;
        return broken_ ? -1 : 0;
    }
    const ssize_t taken = ::send(socket_, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken >= 0) return taken;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    broken_ = errno != EINTR;
    return -1;
}

void ModelLink::keep(const char* bytes, std::size_t size) {
    if (size == 0) return;
    waiting_.append(bytes, size);
    pending_.store(waiting_.size(), std::memory_order_relaxed);
}

// As the line had it, where that is 8 kHz. What was overwritten meanwhile is silence: places in what is kept are those in
// what was sent.
void ModelLink::keep_sent() noexcept {
    const Capture& capture = channel_->capture();
    Frame frame;
    for (const std::uint64_t sent = capture.sent(); !keepers_.empty() && kept_ < sent; ++kept_) {
        const bool there = capture.copy(kept_, frame), narrow = there && frame.count == kVoiceSamples;
        if (!narrow && !(there && capture.copy_at_rate(kept_, frame.samples.data()))) frame.samples.fill(0);
        for (const auto& keeper : keepers_) {
            if (narrow)
                keeper->put_narrow(frame.samples.data(), frame.held);
            else
                keeper->put(frame.samples.data(), frame.samples.size());
        }
    }
}

void ModelLink::hand_back() noexcept {
    if (!channel_) return;
    keep_sent();
    keepers_.clear();
    channel_->hears_directly(false);
    channel_.reset();
}

// Under TLS the end is told when the socket is closed.
void ModelLink::shut() noexcept {
    if (!secure_) shutdown(socket_, SHUT_WR);
}

}  // namespace media
