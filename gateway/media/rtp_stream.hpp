// SPDX-License-Identifier: GPL-3.0-or-later
// One of PJSIP's streams (codec, RTP, RTCP) at our clock: a tick is taken from it and given to it. What comes in G.711
// or G.722 is decoded by a receiver of ours, where it can be seen what is missing and what comes next.
//
// PJSIP makes a stream whenever media is negotiated, and ends it at the next offer or with the call; a channel
// outlives its streams. One lock keeps the media thread out while the SIP thread changes who is joined, or ends the
// stream; neither holds it for longer than one packet takes.

#pragma once

#include <pjmedia.h>

#include <atomic>
#include <bitset>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "channel.hpp"
#include "g711.hpp"
#include "g711_sender.hpp"
#include "jitter_buffer.hpp"
#include "line_rate.hpp"
#include "rtp_source.hpp"
#include "sound_receiver.hpp"

namespace media {

// Where a packet goes when it is its turn: to PJSIP's stream.
struct Receiver {
    void (*give)(void* context, void* packet, std::size_t size) = nullptr;
    void* context = nullptr;
};

// How a stream's packets are to be understood.
struct StreamFormat {
    unsigned rtp_rate = 8000;   // of their timestamps
    unsigned type = 0;          // what they are marked with
    bool louder = false;        // the codec takes and gives half of every sample (G.722)
    JitterBounds waits;
};

class RtpStream {
public:
    // Whether a stream can be driven: one channel at 8, 16, 24 or 48 kHz, in packets that fit.
    static bool takes(const pjmedia_port& port) noexcept;

    // ---- SIP thread

    // `decoder`: what makes sound of packets in place of the stream; `sender`: what makes packets of sound, most of them.
    // Neither: the stream does.
    RtpStream(pjmedia_port* port, const StreamFormat& format, std::unique_ptr<SoundReceiver> decoder,
              const std::optional<G711Sender>& sender);
    RtpStream(const RtpStream&) = delete;
    RtpStream& operator=(const RtpStream&) = delete;
    ~RtpStream() { end(); }

    // Without a channel nobody is heard, and what is sent is silence.
    // On hold (`held`) nothing of it is played, and what comes is for those who are joined with it alone: music.
    void connect(std::shared_ptr<Channel> channel, bool held = false);
    void disconnect() noexcept { connect(nullptr); }
    // From now on it neither hears nor sends: somebody else has its packets.
    void rest() noexcept;
    // PJSIP is about to take the stream away: nobody is in it any more when this returns. Idempotent.
    void end() noexcept;

    void give_packets_to(Receiver receiver) noexcept { receiver_ = receiver; }  // before its first tick
    void count_in(std::shared_ptr<RtpSource> source) noexcept { source_ = std::move(source); }  // likewise
    unsigned rtp_rate() const noexcept { return format_.rtp_rate; }

    // ---- the thread that packets come in on

    // Whether packets of this type wait for their turn, and one that does.
    bool delays(unsigned type) const noexcept {
        return type == format_.type || (type < kTypes && understood_[type]);
    }
    // Whether PJSIP need not.
    bool decodes() const noexcept { return decodes_; }
    // By how much the timestamps of a type are to be multiplied: G.711 has a clock of its own beside Opus (RFC 7160).
    std::uint32_t times(unsigned type) const noexcept {
        return type == format_.type || (type != kPcmu && type != kPcma) ? 1 : format_.rtp_rate / 8000;
    }
    void arrived(const void* packet, std::size_t size, std::int64_t came_ns);
    void expect_packet() const noexcept;
    // Whether packets that came since would not be missed in the next tick.
    bool is_ahead() noexcept;

    // ---- media thread

    // Once a tick what the channel plays, to the caller: at once, or where its channel waits for those whom it is joined
    // with by the last.
    bool awaits_others() noexcept;
    void send() noexcept;
    void send_late() noexcept;
    void receive() noexcept;  // what the caller said, to the channel
    // Ask for the memory that these will need so many streams later.
    void expect_receive(int turns) noexcept;
    void expect_send(int turns) noexcept;
    bool gone() const noexcept { return ended_.load(std::memory_order_relaxed); }

private:
    static constexpr unsigned kMostMs = 60;  // in a packet
    static constexpr unsigned kTypes = 128;

    bool decode(std::int16_t* caller) noexcept;
    void take_packets() noexcept;
    void count_waits() noexcept;
    bool hear(std::int16_t* caller) noexcept;
    void follow(float level) noexcept;
    void say() noexcept;
    void put(std::int16_t* samples, std::size_t count) noexcept;

    std::atomic<bool> ended_{false};  // here, as it is looked at whenever the lock is taken
    std::mutex mutex_;
    // Where the memory of a turn begins, to ask for it without the lock: addresses alone, of what may be gone.
    std::atomic<const Channel*> channel_place_{nullptr};
    std::atomic<const LineRate*> line_place_{nullptr};
    const SoundReceiver* const decoder_place_;
    pjmedia_port* port_;  // until the stream ends
    pj_status_t (*const get_frame_)(pjmedia_port*, pjmedia_frame*);
    pj_status_t (*const put_frame_)(pjmedia_port*, pjmedia_frame*);
    const unsigned rate_;
    const std::size_t packet_;  // samples
    const StreamFormat format_;
    std::shared_ptr<Channel> channel_;
    bool held_ = false;
    bool waits_ = false;  // nothing was sent in this tick yet; the media thread's own
    bool rests_ = false;
    std::unique_ptr<LineRate> line_;  // as long as there is a channel
    std::vector<std::int16_t> heard_;  // left over of the caller's packets
    std::vector<std::int16_t> said_;   // not enough for a packet yet
    pj_uint64_t time_ = 0;             // samples sent
    std::optional<G711Sender> sender_;
    Receiver receiver_;
    std::unique_ptr<SoundReceiver> decoder_;  // until the stream ends
    const bool decodes_;
    bool quiet_ = false;  // the caller, in the last tick
    float floor_ = 0.0F;  // mean magnitude of his pauses
    std::bitset<kTypes> understood_;          // types of packets, by it
    std::shared_ptr<RtpSource> source_;
    std::uint64_t late_ = 0;          // counted there so far
    std::uint64_t concealed_us_ = 0;
    // Up to here, what each turn needs.
    JitterBuffer packets_;
};

}  // namespace media
