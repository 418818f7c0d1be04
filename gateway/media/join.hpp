// SPDX-License-Identifier: GPL-3.0-or-later
// Legs that hear each other: between hearing and speaking of one and the same tick, so that it adds no delay. They
// speak after all others, who need not wait for what is heard.
//
// A member that is on hold, or has ended, is passed over; what is left of a join of one is none. A join keeps its
// members in memory, they do not know it.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "channel.hpp"
#include "mix.hpp"

namespace media {

// What one member hears; members by their places, a bit for each.
struct Hears {
    std::uint8_t callers = 0;  // its phone, of the others' callers
    std::uint8_t agents = 0;   // its phone, of all agents, its own among them
    std::uint8_t ear = 0;      // its agent, of all callers, its own among them
};

class Join {
public:
    // 2 to `kMostJoined` members, and as many of what they hear.
    Join(std::vector<std::shared_ptr<Channel>> members, const std::vector<Hears>& hear);
    Join(const Join&) = delete;
    Join& operator=(const Join&) = delete;

    // ---- any thread

    std::size_t size() const noexcept { return members_.size(); }
    void route(const std::vector<Hears>& hear) noexcept;  // as many as members
    void part() noexcept { parted_.store(true, std::memory_order_relaxed); }

    // ---- media thread

    // Before anything of a tick is said.
    void await() noexcept;
    void mix() noexcept;
    bool gone() const noexcept;

private:
    bool lives(std::size_t member) const noexcept { return !members_[member]->gone(); }
    void let_speak(std::size_t member, const Hears& hears) noexcept;
    void let_agent_hear(std::size_t member, std::uint8_t callers) noexcept;

    const std::vector<std::shared_ptr<Channel>> members_;
    std::array<std::atomic<std::uint32_t>, kMostJoined> hear_{};
    std::atomic<bool> parted_{false};
};

}  // namespace media
