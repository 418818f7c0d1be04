// SPDX-License-Identifier: GPL-3.0-or-later
// A tick: every stream has its turns, then every channel, and asyncio is woken if there is something for it.

#include "core.hpp"

#include <utility>

namespace media {
namespace {

constexpr std::int64_t kTickNs = 20'000'000;

}  // namespace

// Who is joined in a tick is so from its beginning to its end.
void Core::begin_tick() noexcept {
    joins.admit();
    joins.turns([](Join& join) { join.await(); }, [](Join&, int) {});
}

void Core::speak(std::int64_t due_ns, bool paced) noexcept {
    begin_tick();
    next_ns_ = due_ns + kTickNs;
    streams->admit();
    pace.begin(due_ns, std::exchange(legs_, 0), paced);
    const auto send = [this, joined = !joins.empty()](RtpStream& stream) {
        if (joined && stream.awaits_others()) return;
        pace.next();
        ++legs_;
        stream.send();
    };
    streams->turns(send, [](RtpStream& stream, int turns) { stream.expect_send(turns); });
}

void Core::run_streams() noexcept {
    streams->turns([](RtpStream& stream) { stream.receive(); }, [](RtpStream& stream, int turns) { stream.expect_receive(turns); });
    if (joins.empty()) return;
    mix();
    streams->each([](RtpStream& stream) { stream.send_late(); });
}

void Core::mix() noexcept {
    joins.turns([](Join& join) { join.mix(); }, [](Join&, int) {});
}

void Core::end_tick() noexcept {
    channels.admit();
    channels.turns([](Channel& channel) { channel.end_tick(); }, [](Channel& channel, int turns) {
        if (turns > 1) channel.expect_end();
    });
    ++bell->tick;
    const bool audio = brings_to_models();
    const Ring ring = rung();
    if (links.tick(audio, wake_fd, ring, next_ns_) || ring == Ring::none) return;
    const std::uint64_t once = 1;
    // Full is impossible, and a wake-up that waits already is as good as another.
    [[maybe_unused]] const ssize_t written = write(wake_fd, &once, sizeof once);
}

bool Core::brings_to_models() noexcept {
    if (++unbrought_ < wake_every.load(std::memory_order_relaxed)) return false;
    unbrought_ = 0;
    return true;
}

// A report wakes, though it may wait for others of this tick, or for longer; audio in its turn, and at once.
Core::Ring Core::rung() noexcept {
    ++ticks_;
    const bool report = bell->report.exchange(false, std::memory_order_relaxed);
    const Ring unhurried = bell->unhurried.exchange(false, std::memory_order_relaxed) ? Ring::later : Ring::none;
    if (!report && ticks_ < wake_every.load(std::memory_order_relaxed)) return unhurried;
    const bool audio = bell->audio.exchange(false, std::memory_order_relaxed);
    if (!report && !audio) return unhurried;
    ticks_ = 0;
    return audio ? Ring::now : Ring::soon;
}

}  // namespace media
