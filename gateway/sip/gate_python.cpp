// SPDX-License-Identifier: GPL-3.0-or-later
// What Python sees of the gate, and of the trunks that it knows.

#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "edges.hpp"
#include "gate.hpp"
#include "trunks.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace sip::gate {

namespace {

using PyNetwork = std::pair<nb::bytes, unsigned>;
// Account, peers, registered user, user and password to be shown.
using PyTrunk = std::tuple<int, std::vector<PyNetwork>, std::string, std::string, std::string>;

std::vector<door::Network> networks(const std::vector<PyNetwork>& given) {
    std::vector<door::Network> read;
    for (const auto& [address, prefix] : given) {
        door::Network network;
        if (address.size() != network.address.bytes.size()) throw nb::value_error("an address is 16 bytes");
        std::memcpy(network.address.bytes.data(), address.data(), address.size());
        network.prefix = std::min(prefix, 128U);
        read.push_back(network);
    }
    return read;
}

void know(const std::vector<PyTrunk>& given) {
    std::vector<trunks::Trunk> known;
    for (const auto& [account, peers, user, asked, password] : given)
        known.push_back({account, networks(peers), user, {asked, password}});
    trunks::know(std::move(known));
}

nb::list told() {
    nb::list all;
    for (const auto& [source, knocks] : turned_back())
        all.append(nb::make_tuple(nb::bytes(source.bytes.data(), source.bytes.size()), knocks.requests,
                                  knocks.wrong_passwords, nb::bytes(knocks.method.data(), knocks.method.size()),
                                  nb::bytes(knocks.agent.data(), knocks.agent.size())));
    return all;
}

}  // namespace

void bind(nb::module_& m) {
    m.def("open_gate", [](const std::string& guests, const std::vector<PyNetwork>& home,
                          const std::vector<PyNetwork>& edges) {
        edges::know(networks(edges));
        open(guests == "allow" ? Guests::allow : guests == "drop" ? Guests::drop : Guests::refuse, networks(home));
    }, "guests"_a, "home"_a, "edges"_a = std::vector<PyNetwork>{}, "Let this machine, trunks and, with `allow`, anybody knock from now on. After install.");
    m.def("know_trunks", &know, "trunks"_a, "These are our trunks, and no others.");
    m.def("digest_of", &trunks::digest_of, "user"_a, "registrar"_a,
          "The algorithm that a registration of ours has shown its password by last.");
    m.def("look_around", &look_around, "The machine's own addresses may have changed.");
    m.def("turned_back", &told, "Who was not let in since the last look, the most first.");
}

}  // namespace sip::gate
