// SPDX-License-Identifier: GPL-3.0-or-later
#include "rtp_stream.hpp"

#include <algorithm>
#include <utility>

namespace media {

bool RtpStream::takes(const pjmedia_port& port) noexcept {
    return port.get_frame != nullptr && port.put_frame != nullptr && port.grp_lock != nullptr &&
           port.info.fmt.id == PJMEDIA_FORMAT_L16 && PJMEDIA_PIA_SRATE(&port.info) == 8000 &&
           PJMEDIA_PIA_CCNT(&port.info) == 1 && PJMEDIA_PIA_SPF(&port.info) <= kMostSamples;
}

// Both functions are kept: PJSIP takes them out of the port before it detaches the stream, where we are told.
RtpStream::RtpStream(pjmedia_port* port)
    : port_(port), get_frame_(port->get_frame), put_frame_(port->put_frame), packet_(PJMEDIA_PIA_SPF(&port->info)) {
    heard_.reserve(kTickSamples + kMostSamples);
    said_.reserve(kTickSamples + kMostSamples);
    pj_grp_lock_add_ref(port_->grp_lock);
}

void RtpStream::connect(std::shared_ptr<Channel> channel, bool sends) {
    const std::lock_guard guard(mutex_);
    channel_.swap(channel);
    sends_ = sends;
}

void RtpStream::end() noexcept {
    std::shared_ptr<Channel> let_go;
    pjmedia_port* port;
    {
        const std::lock_guard guard(mutex_);
        port = std::exchange(port_, nullptr);
        let_go.swap(channel_);
        ended_ = true;
    }
    if (port != nullptr) pj_grp_lock_dec_ref(port->grp_lock);
}

void RtpStream::receive() noexcept {
    const std::lock_guard guard(mutex_);
    if (port_ == nullptr || !channel_) return;
    Tick caller;
    if (!hear(caller)) caller.fill(0);
    channel_->put(caller);
}

// False while the stream has no sound at all: it is paused, or has not begun.
bool RtpStream::hear(Tick& caller) noexcept {
    while (heard_.size() < kTickSamples) {
        const std::size_t before = heard_.size();
        heard_.resize(before + packet_);
        pjmedia_frame frame{};
        frame.buf = heard_.data() + before;
        frame.size = packet_ * sizeof(std::int16_t);
        const bool sounds = get_frame_(port_, &frame) == PJ_SUCCESS && frame.type == PJMEDIA_FRAME_TYPE_AUDIO;
        if (!sounds) {
            heard_.clear();
            return false;
        }
    }
    std::copy_n(heard_.begin(), kTickSamples, caller.begin());
    heard_.erase(heard_.begin(), heard_.begin() + kTickSamples);
    return true;
}

// Silence is sent, too: without RTP the pinhole in a caller's NAT closes, and the far end takes us for dead. A
// stream that may not send only counts the time.
void RtpStream::send() noexcept {
    const std::lock_guard guard(mutex_);
    if (port_ == nullptr) return;
    Tick agent;
    if (channel_ && sends_) {
        channel_->pull(agent);
    } else {
        agent.fill(0);
    }
    if (packet_ == kTickSamples) return put(agent.data(), agent.size());
    said_.insert(said_.end(), agent.begin(), agent.end());
    std::size_t sent = 0;
    for (; said_.size() - sent >= packet_; sent += packet_) put(said_.data() + sent, packet_);
    said_.erase(said_.begin(), said_.begin() + static_cast<std::ptrdiff_t>(sent));
}

void RtpStream::put(std::int16_t* samples, std::size_t count) noexcept {
    pjmedia_frame frame{};
    frame.type = PJMEDIA_FRAME_TYPE_AUDIO;
    frame.buf = samples;
    frame.size = count * sizeof(std::int16_t);
    frame.timestamp.u64 = time_;
    time_ += count;
    put_frame_(port_, &frame);
}

}  // namespace media
