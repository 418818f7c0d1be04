// SPDX-License-Identifier: GPL-3.0-or-later
// The clock of a process: it runs all calls' streams. `enter` and `tick` run on the media thread and never touch
// Python.

#include "plane.hpp"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "mix_python.hpp"
#include "pj_error.hpp"
#include "sound_blocks.hpp"
#include "source_lock.hpp"
#include "srtp_ciphers.hpp"
#include "stream_hook.hpp"

namespace media {
namespace {

constexpr std::size_t kBridgeSamples = 160;
constexpr std::uint64_t kBridgeTicks = 5;
constexpr int kMostTicks = 5;  // media_port.py: MOST_TICKS
constexpr int kMostSilence = 10;

std::int64_t nanoseconds(double ms) { return static_cast<std::int64_t>(ms * 1e6); }

}  // namespace

nb::list Plane::clear_wake() {
    std::uint64_t wakes;
    [[maybe_unused]] const ssize_t got = ::read(core_->wake_fd, &wakes, sizeof wakes);
    core_->channels.reap();
    core_->joins.reap();
    SoundBlocks::tidy();
    nb::list ports;
    core_->bell->news.take([&](unsigned port) { ports.append(port); });
    return ports;
}

void Plane::wake_every(int ticks, int silence) {
    if (ticks < 1 || ticks > kMostTicks) throw nb::value_error("caller audio is waited for 1 to 5 ticks");
    if (silence < 1 || silence > kMostSilence) throw nb::value_error("1 to 10 ticks of silence are sent together");
    core_->wake_every = static_cast<unsigned>(ticks);
    core_->silence = static_cast<unsigned>(silence);
}

Port* Plane::port(int caller_rate) {
    if (caller_rate != 8000 && caller_rate != 16000 && caller_rate != 24000) {
        throw nb::value_error("a caller's rate is 8000, 16000 or 24000");
    }
    auto port = std::make_unique<Port>(core_, static_cast<unsigned>(caller_rate));
    clock_.wake();
    return port.release();
}

PortJoin* Plane::join(const nb::sequence& ports, const nb::sequence& routes) {
    std::vector<std::shared_ptr<Channel>> members;
    for (const nb::handle port : ports) members.push_back(nb::cast<const Port&>(port).channel());
    if (members.size() < 2 || members.size() > kMostJoined) throw nb::value_error("2 to 8 ports are joined");
    auto join = std::make_shared<Join>(members, hears(routes, members.size()));
    core_->joins.join(join);
    return new PortJoin(std::move(join));
}

nb::list Plane::exchange(const nb::sequence& callers) {
    if (core_->ticking) throw PjError("the plane ticks: the media thread owns the other end", PJ_EBUSY);
    nb::list said;
    core_->begin_tick();
    for (const nb::handle pair : callers) nb::cast<Port&>(pair[0]).say_by_hand(nb::cast<nb::bytes>(pair[1]));
    for (const nb::handle pair : callers) nb::cast<Port&>(pair[0]).hear_by_hand(nb::cast<nb::bytes>(pair[1]));
    core_->mix();
    for (const nb::handle pair : callers) said.append(nb::cast<Port&>(pair[0]).said_by_hand());
    core_->end_tick();
    return said;
}

void Plane::start(bool learn_source, double jitter_min_ms, double jitter_max_ms) {
    if (core_->ticking) return;
    bridge_ = pjsua_set_no_snd_dev();
    if (bridge_ == nullptr) throw PjError("taking the conference's clock", PJ_EINVALIDOP);
    if (PJMEDIA_PIA_SRATE(&bridge_->info) != 8000 || PJMEDIA_PIA_SPF(&bridge_->info) != kBridgeSamples ||
        PJMEDIA_PIA_CCNT(&bridge_->info) != 1) {
        throw PjError("the conference must run at 8000 Hz, mono, 20 ms (medConfig)", PJ_EINVALIDOP);
    }
    install_source_lock(learn_source);
    use_fast_srtp();
    take_streams(core_->streams, JitterBounds{nanoseconds(jitter_min_ms), nanoseconds(jitter_max_ms)});
    core_->ticking = true;
    reader_.start(pjsua_get_pjmedia_endpt());
    clock_.start();
}

void Plane::stop() {
    if (!core_->ticking) return;
    clock_.stop();
    reader_.stop();
    leave_streams();
    uninstall_source_lock();
    core_->ticking = false;
}

// PJSIP wants to know every thread that calls it; the memory must outlive the thread.
void Plane::enter() {
    pj_thread_t* thread;
    std::memset(thread_memory_, 0, sizeof thread_memory_);
    pj_thread_register("media-clock", thread_memory_, &thread);
}

std::int64_t Plane::tick(std::int64_t due_ns) {
    core_->speak(due_ns, clock_.realtime());
    reader_.read();
    core_->run_streams();
    if (++ticks_ % kBridgeTicks == 0) turn_bridge();
    core_->end_tick();
    return core_->pace.waited();
}

// The bridge has nothing to carry, but adds and removes its ports in its own tick only, and looks at all of them.
void Plane::turn_bridge() {
    std::array<std::int16_t, kBridgeSamples> nobody_listens;
    pjmedia_frame frame{};
    frame.type = PJMEDIA_FRAME_TYPE_AUDIO;
    frame.buf = nobody_listens.data();
    frame.size = sizeof nobody_listens;
    frame.timestamp.u64 = ticks_ * kBridgeSamples;
    pjmedia_port_get_frame(bridge_, &frame);
}

nb::object Plane::clock() const {
    const Clock::Stats stats = clock_.stats();
    nb::dict values;
    values["ticks"] = stats.ticks;
    values["late_ticks"] = stats.late_ticks;
    values["resyncs"] = stats.resyncs;
    values["p99_late_us"] = stats.p99_late_us;
    values["max_late_us"] = stats.max_late_us;
    values["busy_us_mean"] = stats.busy_us_mean;
    values["busy_us"] = stats.busy_us;
    values["scheduling"] = stats.scheduling;
    return nb::module_::import_("gateway.media.media_port").attr("ClockStats")(**values);
}

}  // namespace media
