// SPDX-License-Identifier: GPL-3.0-or-later
#include "join.hpp"

#include <algorithm>
#include <utility>

namespace media {
namespace {

bool names(std::uint8_t members, std::size_t member) noexcept { return (members >> member & 1U) != 0; }

std::uint32_t packed(const Hears& hears) noexcept {
    return static_cast<std::uint32_t>(hears.callers | hears.agents << 8 | hears.ear << 16);
}

Hears unpacked(std::uint32_t hears) noexcept {
    return Hears{static_cast<std::uint8_t>(hears), static_cast<std::uint8_t>(hears >> 8),
                 static_cast<std::uint8_t>(hears >> 16)};
}

bool sounds(const Tick& tick) noexcept {
    return std::any_of(tick.begin(), tick.end(), [](std::int16_t sample) { return sample != 0; });
}

}  // namespace

Join::Join(std::vector<std::shared_ptr<Channel>> members, const std::vector<Hears>& hear)
    : members_(std::move(members)) {
    route(hear);
}

void Join::route(const std::vector<Hears>& hear) noexcept {
    for (std::size_t i = 0; i < size(); ++i) hear_[i].store(packed(hear[i]), std::memory_order_relaxed);
}

bool Join::gone() const noexcept {
    if (parted_.load(std::memory_order_relaxed)) return true;
    const auto alive = std::count_if(members_.begin(), members_.end(), [](const auto& each) { return !each->gone(); });
    return alive < 2;
}

void Join::await() noexcept {
    if (gone()) return;
    for (const auto& member : members_) member->speak_late();
}

void Join::mix() noexcept {
    if (gone()) return;  // parted before its first tick
    for (std::size_t i = 0; i < size(); ++i) {
        if (!lives(i)) continue;
        const Hears hears = unpacked(hear_[i].load(std::memory_order_relaxed));
        let_speak(i, hears);
        let_agent_hear(i, hears.ear);
    }
}

// An agent speaks on while anybody is there to hear it, be its own leg on hold or not.
void Join::let_speak(std::size_t member, const Hears& hears) noexcept {
    Channel& channel = *members_[member];
    const unsigned rate = channel.heard().rate();
    Mix& mix = channel.mix();
    if (!names(hears.agents, member)) mix.leave_out_own();
    if (rate == 0 || !channel.open()) return;
    for (std::size_t other = 0; other < size(); ++other) {
        if (other == member || !lives(other)) continue;
        Channel& speaker = *members_[other];
        if (names(hears.callers, other))
            if (const std::int16_t* const heard = speaker.heard().at(rate)) mix.add_caller(heard);
        if (names(hears.agents, other)) mix.add_agent(speaker.agent(), sounds(speaker.agent()));
    }
}

void Join::let_agent_hear(std::size_t member, std::uint8_t callers) noexcept {
    Channel& channel = *members_[member];
    if (callers == 1U << member) return;  // as without a join
    channel.ear(callers == 0 ? Ear::none : Ear::joined);
    std::int16_t* const samples = channel.owed();
    if (samples == nullptr) return;
    const unsigned rate = channel.capture().rate();
    std::array<std::int32_t, kTickSamples> sums{};
    const std::size_t count = rate / 50;
    if (names(callers, member)) std::copy_n(samples, count, sums.begin());
    for (std::size_t other = 0; other < size(); ++other) {
        if (other == member || !names(callers, other) || !lives(other)) continue;
        const std::int16_t* const heard = members_[other]->heard().at(rate);
        for (std::size_t i = 0; heard != nullptr && i < count; ++i) sums[i] += heard[i];
    }
    std::transform(sums.begin(), sums.begin() + static_cast<std::ptrdiff_t>(count), samples, cut_off);
    channel.pay(callers != 0);
}

}  // namespace media
