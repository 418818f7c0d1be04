// SPDX-License-Identifier: GPL-3.0-or-later
// What one leg is said in a tick besides what its own agent says: other legs' callers and agents, as a join lays it
// out between hearing and speaking. Sums are cut off once, at the end. The media thread's alone.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "line_rate.hpp"
#include "playout.hpp"

namespace media {

// Whom an agent hears: its own caller, whom a join says, or nobody.
enum class Ear : std::uint8_t { own, joined, none };

constexpr std::size_t kMostJoined = 8;

inline std::int16_t cut_off(std::int32_t sum) noexcept {
    return static_cast<std::int16_t>(std::clamp<std::int32_t>(sum, -32768, 32767));
}

class Mix {
public:
    // ---- a join; beyond `kMostJoined` nobody else is heard

    void leave_out_own() noexcept { own_ = false; }
    // What the caller of another leg says, at this one's rate; valid to the end of the tick, as is the next.
    void add_caller(const std::int16_t* samples) noexcept {
        if (caller_count_ < kMostJoined) callers_[caller_count_++] = samples;
    }
    // `speaks`: it is not silent.
    void add_agent(const Tick& agent, bool speaks) noexcept {
        if (agent_count_ == kMostJoined) return;
        agents_[agent_count_++] = &agent;
        others_speak_ = others_speak_ || speaks;
    }

    // ---- the leg

    bool hears_own() const noexcept { return own_; }
    bool is_empty() const noexcept { return agent_count_ == 0; }
    bool others_speak() const noexcept { return others_speak_; }
    // Its own agent, or nobody, and those of others.
    void of_agents(const Tick* own, Tick& out) const noexcept;
    void add_callers(std::int16_t* said, std::size_t count) const noexcept;
    void end_tick() noexcept {
        own_ = true;
        others_speak_ = false;
        caller_count_ = agent_count_ = 0;
    }

private:
    bool own_ = true;
    bool others_speak_ = false;
    std::size_t caller_count_ = 0;
    std::size_t agent_count_ = 0;
    std::array<const std::int16_t*, kMostJoined> callers_{};
    std::array<const Tick*, kMostJoined> agents_{};
};

// ------------------------------------------------------------------------------------ implementation

inline void Mix::of_agents(const Tick* own, Tick& out) const noexcept {
    if (own != nullptr) {
        out = *own;
    } else {
        out.fill(0);
    }
    if (agent_count_ == 0) return;
    for (std::size_t i = 0; i < out.size(); ++i) {
        std::int32_t sum = out[i];
        for (std::size_t k = 0; k < agent_count_; ++k) sum += (*agents_[k])[i];
        out[i] = cut_off(sum);
    }
}

inline void Mix::add_callers(std::int16_t* said, std::size_t count) const noexcept {
    if (caller_count_ == 0) return;
    for (std::size_t i = 0; i < count; ++i) {
        std::int32_t sum = said[i];
        for (std::size_t k = 0; k < caller_count_; ++k) sum += callers_[k][i];
        said[i] = cut_off(sum);
    }
}

}  // namespace media
