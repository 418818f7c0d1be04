// SPDX-License-Identifier: GPL-3.0-or-later
// One call's audio: the native implementation of `Port` in gateway/media/media_port.py, which documents the
// contract. Only Python's threads call it.

#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>  // wherever strings go to Python, or they are a bad cast when they do

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channel.hpp"
#include "core.hpp"
#include "handed_line.hpp"
#include "kept_sound.hpp"
#include "line_rate.hpp"
#include "mix_python.hpp"
#include "model_link.hpp"
#include "rtp_stream.hpp"
#include "source_lock.hpp"

namespace media {

namespace nb = nanobind;

class Port {
public:
    Port(std::shared_ptr<Core> core, unsigned caller_rate);
    ~Port();
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;

    unsigned number() const { return number_; }
    unsigned caller_rate() const { return channel_->capture().rate(); }

    void play(std::int32_t item, const nb::bytes& pcm);
    void mark(std::int32_t mark, bool awaited);
    void flush();
    void gain(float factor);
    void pause(bool on) { give(Order::Kind::pause, on ? 1 : 0); }
    void detect(bool on);
    void hear_keys(bool on);
    void hear_tones(bool on);
    void comfort_noise(int below_db);
    void suppress_echo(bool on) { channel_->detectors().echo(on); }
    nb::bytes read();
    bool direct() const { return channel_->hears_directly(); }
    void send_to(ModelLink& link, const std::string& wire, std::vector<std::shared_ptr<KeptSound>> keepers);
    void keep_narrow(bool on) { channel_->capture().keep_narrow(on); }
    nb::list events();
    nb::object counters();
    nb::object levels() const;
    nb::object strangers() const;
    nb::object arrivals() const;
    nb::bytes exchange(const nb::bytes& caller);
    void mute(bool on) { channel_->mute(on); }
    void music(const Sound* sound, float level);
    LegTap* tap(double seconds);
    void hand_over() { hands_over_ = true; }
    nb::object line();

    // ---- the plane's

    const std::shared_ptr<Channel>& channel() const { return channel_; }
    // A tick by hand: what is said to a line of that caller's rate, unless it waits for others, then the caller, and
    // what was said, at last.
    void say_by_hand(const nb::bytes& caller);
    void hear_by_hand(const nb::bytes& caller);
    nb::bytes said_by_hand();

    void connect(int slot, bool held, bool known);
    void wait(bool on, int at_most_ms) { channel_->wait(on, at_most_ms / 20); }
    void disconnect();
    void close();

private:
    void give(Order::Kind kind, std::int32_t number, float factor = 1.0F, bool awaited = true);
    void note_dropped(const Order& chunk);
    nb::object flushed(const Order& flush);
    nb::object voice(std::unique_ptr<Order> report);
    nb::object key(std::unique_ptr<Order> report);
    nb::object tone(std::unique_ptr<Order> report);
    void give_blanks();
    void say_by_hand();
    void fill_rtp(nb::dict& counters) const;

    const std::shared_ptr<Core> core_;
    const unsigned number_;
    const std::shared_ptr<Channel> channel_;
    std::shared_ptr<RtpStream> stream_;
    std::unique_ptr<LineRate> by_hand_;  // of `exchange`
    std::vector<std::int16_t> said_by_hand_;
    std::shared_ptr<Music> music_;
    std::shared_ptr<RtpSource> rtp_;
    std::atomic<bool> hands_over_{false};
    std::optional<HandedLine> handed_;  // with the GIL
    bool closed_ = false;
    bool has_blanks_ = false;
    std::vector<std::pair<std::int32_t, std::int64_t>> dropped_;  // since the last flush was reported
};

}  // namespace media
