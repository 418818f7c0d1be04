// SPDX-License-Identifier: GPL-3.0-or-later
// What Python holds of joins, taps and music.

#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "join.hpp"
#include "music.hpp"
#include "tap.hpp"

namespace media {

namespace nb = nanobind;

// Music in memory, for any number of legs.
struct Sound {
    explicit Sound(const nb::bytes& pcm);

    const std::shared_ptr<const Samples> samples;
};

// Of `gateway.call.LegTap`.
class LegTap {
public:
    explicit LegTap(std::shared_ptr<TapRing> ring) : ring_(std::move(ring)) {}
    ~LegTap() { close(); }
    LegTap(const LegTap&) = delete;
    LegTap& operator=(const LegTap&) = delete;

    nb::list read();
    std::uint64_t lost() const { return ring_->lost(); }
    void close() { ring_->close(); }

private:
    const std::shared_ptr<TapRing> ring_;
};

// What the members of a join hear, from `gateway.media.join.JoinRoute`s; ValueError if they do not fit so many.
std::vector<Hears> hears(const nb::sequence& routes, std::size_t members);

// Of `gateway.media.join.PortJoin`.
class PortJoin {
public:
    explicit PortJoin(std::shared_ptr<Join> join) : join_(std::move(join)) {}
    ~PortJoin() { part(); }
    PortJoin(const PortJoin&) = delete;
    PortJoin& operator=(const PortJoin&) = delete;

    void route(const nb::sequence& routes) { join_->route(hears(routes, join_->size())); }
    void part() { join_->part(); }

private:
    const std::shared_ptr<Join> join_;
};

void bind_mix(nb::module_& m);

}  // namespace media
