// SPDX-License-Identifier: GPL-3.0-or-later
#include "mix_python.hpp"

#include <cstdint>
#include <cstring>

namespace media {
namespace {

using namespace nb::literals;

std::shared_ptr<const Samples> samples_of(const nb::bytes& pcm) {
    if (pcm.size() == 0 || pcm.size() % sizeof(std::int16_t) != 0) throw nb::value_error("music is whole samples");
    auto samples = std::make_shared<Samples>(pcm.size() / sizeof(std::int16_t));
    std::memcpy(samples->data(), pcm.data(), pcm.size());
    return samples;
}

std::uint8_t members_of(const nb::handle route, const char* name, std::size_t members) {
    std::uint8_t bits = 0;
    for (const nb::handle place : route.attr(name)) {
        const auto number = nb::cast<std::size_t>(place);
        if (number >= members) throw nb::value_error("a route names members of the join");
        bits = static_cast<std::uint8_t>(bits | 1U << number);
    }
    return bits;
}

// A run of ticks without a gap, as one block of Python's.
class Run {
public:
    explicit Run(const TapTick& first) : first_(first), next_(first.tick) {}

    bool goes_on_with(const TapTick& what) const {
        return what.tick == next_ && what.rate == first_.rate && what.missing == first_.missing;
    }
    void take(TapRing& ring, const TapTick& what) {
        const std::size_t before = pcm_.size();
        pcm_.resize(before + 2 * what.samples());
        ring.read(what, pcm_.data() + before);
        ++next_;
    }
    nb::object block() const {
        const nb::bytes pcm(pcm_.data(), pcm_.size() * sizeof(std::int16_t));
        const nb::object type = nb::module_::import_("gateway.call.tap").attr("TapBlock");
        return type(first_.tick, first_.rate, pcm, first_.missing != 0);
    }

private:
    const TapTick first_;
    std::uint64_t next_;  // tick
    Samples pcm_;
};

}  // namespace

Sound::Sound(const nb::bytes& pcm) : samples(samples_of(pcm)) {}

nb::list LegTap::read() {
    nb::list blocks;
    TapTick what;
    bool waits = ring_->peek(what);
    while (waits) {
        Run run(what);
        do {
            run.take(*ring_, what);
            waits = ring_->peek(what);
        } while (waits && run.goes_on_with(what));
        blocks.append(run.block());
    }
    return blocks;
}

std::vector<Hears> hears(const nb::sequence& routes, std::size_t members) {
    std::vector<Hears> hear;
    for (const nb::handle route : routes) {
        hear.push_back(Hears{members_of(route, "callers", members), members_of(route, "agents", members),
                             members_of(route, "ear", members)});
    }
    if (hear.size() != members) throw nb::value_error("a route for each member of the join");
    return hear;
}

void bind_mix(nb::module_& m) {
    nb::class_<Sound>(m, "Sound", nb::is_weak_referenceable(), "See gateway.media.join.Sound.");
    nb::class_<LegTap>(m, "Tap", "See gateway.call.LegTap.")
        .def("read", &LegTap::read)
        .def_prop_ro("lost", &LegTap::lost)
        .def("close", &LegTap::close);
    nb::class_<PortJoin>(m, "PortJoin", "See gateway.media.join.PortJoin.")
        .def("route", &PortJoin::route, "routes"_a)
        .def("part", &PortJoin::part);
}

}  // namespace media
