// SPDX-License-Identifier: GPL-3.0-or-later
// What Python sees of the door, and of the accounts behind it, which tests keep by themselves.

#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "door.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace sip::door {

namespace {

Address address_of(const nb::bytes& given) {
    Address address;
    if (given.size() != address.bytes.size()) throw nb::value_error("an address is 16 bytes");
    std::memcpy(address.bytes.data(), given.data(), address.bytes.size());
    return address;
}

void judge_sources(unsigned unacked, unsigned refusals, unsigned strangers,
                   const std::vector<std::pair<nb::bytes, unsigned>>& exempt) {
    std::vector<Network> networks;
    for (const auto& [address, prefix] : exempt) networks.push_back({address_of(address), std::min(prefix, 128U)});
    open({unacked, refusals, strangers}, std::move(networks));
}

nb::tuple told(const Sources::Report& report) {
    nb::list sources;
    for (const auto& [address, count] : report.sources)
        sources.append(nb::make_tuple(nb::bytes(address.bytes.data(), address.bytes.size()), count));
    return nb::make_tuple(report.all.refused, report.all.dropped, sources);
}

void construct(Sources* place, unsigned unacked, unsigned refusals, unsigned strangers) {
    new (place) Sources({unacked, refusals, strangers});
}

Verdict judge(Sources& accounts, const nb::bytes& source, const std::string& call, double now, bool waited) {
    return accounts.judge(address_of(source), call, now, waited);
}

}  // namespace

void bind(nb::module_& m) {
    m.def("judge_sources", &judge_sources, "unacked"_a, "refusals"_a, "strangers"_a, "exempt"_a,
          "Judge INVITEs by their source from now on. After install.");
    m.def("turned_away", [] { return told(turned_away()); },
          "INVITEs refused and dropped since the last look, and how many of which source, the most first.");
    nb::enum_<Verdict>(m, "Verdict")
        .value("LET_IN", Verdict::let_in)
        .value("WAIT", Verdict::wait)
        .value("REFUSE", Verdict::refuse)
        .value("DROP", Verdict::drop);
    nb::class_<Sources>(m, "Sources")
        .def("__init__", &construct, "unacked"_a = 10, "refusals"_a = 50, "strangers"_a = 100)
        .def("judge", &judge, "source"_a, "call"_a, "now"_a, "waited"_a = false)
        .def("answered", [](Sources& it, const std::string& call, const std::string& tag, int status,
                            double now) { it.answered(call, tag, status, now); })
        .def("ended", &Sources::ended)
        .def("acknowledged", [](Sources& it, const std::string& call, const std::string& tag,
                                double now) { it.acknowledged(call, tag, now); })
        .def("turned_away", [](Sources& it) { return told(it.turned_away()); })
        .def_prop_ro("unacknowledged", &Sources::unacknowledged)
        .def_prop_ro("remembered", &Sources::remembered);
}

}  // namespace sip::door
