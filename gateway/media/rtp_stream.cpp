// SPDX-License-Identifier: GPL-3.0-or-later
#include "rtp_stream.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "monotonic.hpp"
#include "stream_memory.hpp"

namespace media {
namespace {

std::int16_t doubled(std::int16_t sample) noexcept {
    return static_cast<std::int16_t>(std::clamp(2 * sample, -32768, 32767));
}

std::int16_t halved(std::int16_t sample) noexcept { return static_cast<std::int16_t>(sample / 2); }

}  // namespace

bool RtpStream::takes(const pjmedia_port& port) noexcept {
    const unsigned rate = PJMEDIA_PIA_SRATE(&port.info);
    return port.get_frame != nullptr && port.put_frame != nullptr && port.grp_lock != nullptr &&
           port.info.fmt.id == PJMEDIA_FORMAT_L16 && PJMEDIA_PIA_CCNT(&port.info) == 1 &&
           (rate == 8000 || rate == 16000 || rate == 24000 || rate == 48000) &&
           PJMEDIA_PIA_SPF(&port.info) <= rate / 1000 * kMostMs;
}

// Both functions are kept: PJSIP takes them out of the port before it detaches the stream, where we are told.
RtpStream::RtpStream(pjmedia_port* port, const StreamFormat& format, std::unique_ptr<SoundReceiver> decoder,
                     const std::optional<G711Sender>& sender)
    : decoder_place_(decoder.get()),
      port_(port),
      get_frame_(port->get_frame),
      put_frame_(port->put_frame),
      rate_(PJMEDIA_PIA_SRATE(&port->info)),
      packet_(PJMEDIA_PIA_SPF(&port->info)),
      format_(format),
      sender_(sender),
      decoder_(std::move(decoder)),
      decodes_(decoder_ != nullptr),
      packets_(format.rtp_rate, format.waits, decodes_) {
    for (unsigned type = 0; decodes_ && type < kTypes; ++type) understood_[type] = decoder_->takes(type);
    heard_.reserve(kLargestTick + packet_);
    said_.reserve(kLargestTick + packet_);
    pj_grp_lock_add_ref(port_->grp_lock);
}

void RtpStream::connect(std::shared_ptr<Channel> channel, bool held) {
    auto line = channel ? std::make_unique<LineRate>(rate_, channel->capture().rate()) : nullptr;
    const std::lock_guard guard(mutex_);
    if (channel_ != channel || held_ != held) {  // the same goes on without a seam
        line_.swap(line);
        packets_.restart();
    }
    channel_.swap(channel);
    held_ = held;
    channel_place_.store(channel_.get(), std::memory_order_relaxed);
    line_place_.store(line_.get(), std::memory_order_relaxed);
}

void RtpStream::rest() noexcept {
    const std::lock_guard guard(mutex_);
    rests_ = true;
}

void RtpStream::end() noexcept {
    std::shared_ptr<Channel> let_go;
    std::unique_ptr<SoundReceiver> decoder;  // its codec is given back on this thread
    pjmedia_port* port;
    {
        const std::lock_guard guard(mutex_);
        port = std::exchange(port_, nullptr);
        let_go.swap(channel_);
        decoder.swap(decoder_);
        ended_ = true;
    }
    if (port != nullptr) pj_grp_lock_dec_ref(port->grp_lock);
}

// -------------------------------------------------------------------------------- memory, before it is needed

void RtpStream::expect_packet() const noexcept {
    fetch_between(this, &packets_);
    packets_.expect();
}

// Whose turn it is next but one is asked for what leads to the rest.
void RtpStream::expect_receive(int turns) noexcept {
    if (turns > 1) {
        expect_packet();
        fetch(decoder_place_);
        return fetch(line_place_.load(std::memory_order_relaxed));
    }
    const std::unique_lock guard(mutex_, std::try_to_lock);
    if (!guard || !channel_) return;
    packets_.expect_tick();
    if (decoder_) decoder_->expect();
    line_->expect_heard();
    channel_->expect_put();
    if (source_) source_->expect();
}

void RtpStream::expect_send(int turns) noexcept {
    if (turns > 1) {
        fetch_between(this, &packets_);
        if (const LineRate* const line = line_place_.load(std::memory_order_relaxed)) line->said.expect();
        if (const Channel* const channel = channel_place_.load(std::memory_order_relaxed)) channel->expect_say();
        return;
    }
    const std::unique_lock guard(mutex_, std::try_to_lock);
    if (!guard || !channel_) return;
    line_->said.expect_rest();
    channel_->expect_rest_to_say();
    if (source_) source_->expect();
    if (port_ == nullptr) return;
    if (sender_) return sender_->expect();
    expect_put_frame(*port_, 4 * kCacheLine);
}

// -------------------------------------------------------------------------------------------------- heard

void RtpStream::receive() noexcept {
    const std::lock_guard guard(mutex_);
    if (port_ == nullptr || !channel_ || rests_) return;
    channel_->expect_rest_to_put();
    std::array<std::int16_t, kLargestTick> caller;
    const bool missing = !(decodes_ ? decode(caller.data()) : hear(caller.data()));
    if (missing) caller.fill(0);
    const Loudness loud = loudness(caller.data(), rate_ / 50);
    follow(loud.magnitude);
    if (held_) return channel_->put_held(*line_, caller.data());
    channel_->put(*line_, caller.data(), loud, missing);
}

void RtpStream::arrived(const void* packet, std::size_t size, std::int64_t came_ns) {
    const std::lock_guard guard(mutex_);
    packets_.put(packet, size, came_ns);
}

bool RtpStream::is_ahead() noexcept {
    const std::lock_guard guard(mutex_);
    return packets_.is_ahead();
}

bool RtpStream::decode(std::int16_t* caller) noexcept {
    const bool sounds = decoder_->tick(packets_, now_ns(), quiet_, caller);
    count_waits();
    return sounds;
}

// The stream's own jitter buffer then has what is wanted now, and no more.
void RtpStream::take_packets() noexcept {
    const auto give = [&](void* packet, std::size_t size) {
        if (receiver_.give != nullptr) receiver_.give(receiver_.context, packet, size);
    };
    packets_.tick(now_ns(), quiet_, give, [](void*, std::size_t) {});
    count_waits();
}

void RtpStream::count_waits() noexcept {
    if (!source_) return;
    constexpr std::uint64_t kTickUs = 20'000;
    const std::uint64_t concealed_us = decodes_ ? decoder_->concealed_us() : packets_.missed() * kTickUs;
    if (packets_.late() != late_)  // most ticks have nothing to add, which would cost as much
        source_->late.fetch_add(packets_.late() - std::exchange(late_, packets_.late()), std::memory_order_relaxed);
    if (concealed_us != concealed_us_)
        source_->concealed_us.fetch_add(concealed_us - std::exchange(concealed_us_, concealed_us), std::memory_order_relaxed);
    source_->waits_ns.store(packets_.waits_ns(), std::memory_order_relaxed);
}

// Quiet is what is about as soft as the pauses have been.
void RtpStream::follow(float level) noexcept {
    constexpr float kRise = 1.015F;  // in a tick: twice as loud within a second
    floor_ = std::min(level, floor_ * kRise + 0.1F);
    quiet_ = level <= 2.0F * floor_ + 16.0F;
}

// False while the stream has no sound at all: it is paused, or has not begun.
bool RtpStream::hear(std::int16_t* caller) noexcept {
    const std::size_t tick = rate_ / 50;
    take_packets();
    while (heard_.size() < tick) {
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
    std::copy_n(heard_.begin(), tick, caller);
    if (format_.louder) std::transform(caller, caller + tick, caller, doubled);
    heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(tick));
    return true;
}

bool RtpStream::awaits_others() noexcept {
    const std::lock_guard guard(mutex_);
    waits_ = channel_ != nullptr && channel_->speaks_late();
    return waits_;
}

void RtpStream::send() noexcept {
    const std::lock_guard guard(mutex_);
    say();
}

void RtpStream::send_late() noexcept {
    if (!waits_) return;
    const std::lock_guard guard(mutex_);
    waits_ = false;
    say();
}

// Silence is sent, too: without RTP the pinhole in a caller's NAT closes, and the far end takes us for dead. A
// stream that may not send only counts the time.
void RtpStream::say() noexcept {
    if (port_ == nullptr || rests_) return;
    const std::size_t tick = rate_ / 50;
    std::array<std::int16_t, kLargestTick> said;
    if (channel_ && !held_) {
        channel_->say(*line_, said.data());
        if (format_.louder) std::transform(said.data(), said.data() + tick, said.data(), halved);
    } else {
        std::fill_n(said.data(), tick, std::int16_t{0});
    }
    if (packet_ == tick) return put(said.data(), tick);
    said_.insert(said_.end(), said.begin(), said.begin() + static_cast<std::ptrdiff_t>(tick));
    std::size_t sent = 0;
    for (; said_.size() - sent >= packet_; sent += packet_) put(said_.data() + sent, packet_);
    said_.erase(said_.begin(), said_.begin() + static_cast<std::ptrdiff_t>(sent));
}

void RtpStream::put(std::int16_t* samples, std::size_t count) noexcept {
    if (sender_ && sender_->send(samples, count)) {
        time_ += count;
        return;
    }
    pjmedia_frame frame{};
    frame.type = PJMEDIA_FRAME_TYPE_AUDIO;
    frame.buf = samples;
    frame.size = count * sizeof(std::int16_t);
    frame.timestamp.u64 = time_;
    time_ += count;
    if (put_frame_(port_, &frame) == PJ_SUCCESS && sender_) sender_->has_begun();
}

}  // namespace media
