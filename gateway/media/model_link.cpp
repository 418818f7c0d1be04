// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_link.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace media {

ModelLink::ModelLink(int socket, std::shared_ptr<SecureSocket> secure, std::shared_ptr<Count> open)
    : open_(std::move(open)), secure_(std::move(secure)), socket_(secure_ ? -1 : fcntl(socket, F_DUPFD_CLOEXEC, 0)) {
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

void ModelLink::carry(std::shared_ptr<Channel> channel) noexcept {
    const std::lock_guard guard(mutex_);
    if (gone() || broken_ || channel == channel_) return;
    hand_back();
    channel->capture().begin_sending();
    channel->hears_directly(true);
    channel_ = std::move(channel);
}

void ModelLink::release() noexcept {
    const std::lock_guard guard(mutex_);
    hand_back();
}

void ModelLink::close() noexcept {
    const std::lock_guard guard(mutex_);
    if (gone_.exchange(true, std::memory_order_relaxed)) return;
    hand_back();
    if (!secure_) ::close(socket_);
    waiting_.clear();
    waiting_.shrink_to_fit();
    pending_.store(0, std::memory_order_relaxed);
    --*open_;
}

void ModelLink::turn(AppendFrame& frame) noexcept {
    const std::lock_guard guard(mutex_);
    if (gone() || !flush()) return hand_back();
    if (!channel_) return;
    Capture& capture = channel_->capture();
    const std::size_t frame_bytes = capture.ring().frame_samples() * sizeof(std::int16_t);
    std::array<std::int16_t, AppendFrame::kMostPcm / sizeof(std::int16_t)> pcm;
    const std::size_t frames = capture.send(pcm.data(), AppendFrame::kMostPcm / frame_bytes);
    if (frames == 0) {
        if (capture.overwritten()) hand_back();
        return;
    }
    const std::string_view message = frame.make(reinterpret_cast<const std::uint8_t*>(pcm.data()), frames * capture.sent_bytes());
    const std::size_t sent = send(message.data(), message.size());
    if (sent == message.size() && !broken_) return;
    keep(message.data() + sent, message.size() - sent);
    hand_back();
}

// ---------------------------------------------------------------------------------------- under the lock

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

void ModelLink::hand_back() noexcept {
    if (!channel_) return;
    channel_->hears_directly(false);
    channel_.reset();
}

// Under TLS the end is told when the socket is closed.
void ModelLink::shut() noexcept {
    if (!secure_) shutdown(socket_, SHUT_WR);
}

}  // namespace media
