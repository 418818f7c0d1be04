// SPDX-License-Identifier: GPL-3.0-or-later
// How much audio leaves towards an address before anybody there has shown that he wants it.
//
// One small INVITE names any address it likes, and nobody may ever acknowledge our 200: that must not be worth
// more than a second of audio. Once the ACK has come (RFC 3261 section 13.3.1.4), or a packet from there, the
// rest follows. What is held back is not lost: playout waits while nothing would leave, and goes on where it
// was. The same holds for a call on hold without an address, whose audio has nowhere to go, and for one that is to be
// encrypted by keys that are still being agreed upon (RFC 5764).
//
// Threads: `lets_out` on the media thread, where RTP is made; the others anywhere.

#pragma once

#include <atomic>
#include <cstdint>

namespace media {

class Outlet {
public:
    // Timestamps count so many a second: what is tried lasts as long.
    void keep_time(std::uint32_t rate) noexcept { trial_ = rate; }

    // Another address from now on, at which somebody was already heard of, or not.
    void aim(bool proven) noexcept {
        fresh_.store(true, std::memory_order_relaxed);
        state_ = proven ? State::proven : State::trial;
    }
    // No address at all.
    void close() noexcept { state_ = State::nowhere; }
    // Nothing leaves until there are keys, or they are there.
    void await_keys(bool on) noexcept { keyless_ = on; }
    bool awaits_keys() const noexcept { return keyless_; }
    // Somebody is there.
    void prove() noexcept {
        for (State now = state_; now == State::trial || now == State::spent;)
            if (state_.compare_exchange_weak(now, State::proven)) return;
    }

    // Whether what is played now is sent.
    bool open() const noexcept {
        const State now = state_;
        return !keyless_ && (now == State::proven || now == State::trial);
    }
    // Whether a packet is sent that begins at this timestamp and holds so many samples.
    bool lets_out(std::uint32_t timestamp, std::uint32_t samples) noexcept {
        if (state_ != State::trial || keyless_) return open();
        if (fresh_.exchange(false, std::memory_order_relaxed)) began_ = timestamp;
        const std::uint32_t before = timestamp - began_;
        State now = State::trial;
        if (before + samples >= trial_) state_.compare_exchange_strong(now, State::spent);
        return before < trial_;
    }

private:
    enum class State { proven, trial, spent, nowhere };

    std::atomic<State> state_{State::proven};
    std::atomic<bool> keyless_{false};
    std::atomic<bool> fresh_{true};
    std::atomic<std::uint32_t> trial_{8000};  // of timestamps
    std::uint32_t began_ = 0;  // timestamp of the first packet on trial
};

}  // namespace media
