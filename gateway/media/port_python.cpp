// SPDX-License-Identifier: GPL-3.0-or-later
// gateway.media._port: what Python sees of a port and its plane.

#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <exception>
#include <string>

#include "call_tones.hpp"
#include "dtmf.hpp"
#include "echo_gate.hpp"
#include "g711_receiver.hpp"
#include "jitter_buffer.hpp"
#include "mix_python.hpp"
#include "model_link_python.hpp"
#include "pace.hpp"
#include "pj_error.hpp"
#include "plane.hpp"
#include "port.hpp"
#include "rtp_ports.hpp"
#include "tell_moment.hpp"
#include "tls_python.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

std::int64_t nanoseconds(double ms) { return static_cast<std::int64_t>(ms * 1e6); }

}  // namespace

NB_MODULE(_port, m) {
    using media::CallToneDetector;
    using media::DtmfDetector;
    using media::EchoGate;
    using media::G711Receiver;
    using media::JitterBounds;
    using media::JitterBuffer;
    using media::Plane;
    using media::Port;
    using NoGil = nb::call_guard<nb::gil_scoped_release>;

    nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
        try {
            std::rethrow_exception(thrown);
        } catch (const media::PjError& error) {
            const nb::object type = nb::module_::import_("gateway.errors").attr("MediaError");
            PyErr_SetString(type.ptr(), error.what());
        }
    });

    media::bind_mix(m);

    nb::class_<Port>(m, "Port", "One call's audio; see gateway.media.media_port.Port.")
        .def_prop_ro("number", &Port::number)
        .def_prop_ro("caller_rate", &Port::caller_rate)
        .def("play", &Port::play, "item"_a, "pcm"_a)
        .def("mark", &Port::mark, "mark"_a, "awaited"_a = true)
        .def("flush", &Port::flush)
        .def("gain", &Port::gain, "factor"_a)
        .def("pause", &Port::pause, "on"_a)
        .def("detect", &Port::detect, "on"_a)
        .def("hear_keys", &Port::hear_keys, "on"_a)
        .def("hear_tones", &Port::hear_tones, "on"_a)
        .def("comfort_noise", &Port::comfort_noise, "below_db"_a)
        .def("suppress_echo", &Port::suppress_echo, "on"_a)
        .def("read", &Port::read)
        .def_prop_ro("direct", &Port::direct)
        .def("send_to", &Port::send_to, "link"_a, "wire"_a = "pcm", "keepers"_a = nb::tuple())
        .def("keep_narrow", &Port::keep_narrow, "on"_a)
        .def("events", &Port::events)
        .def("counters", &Port::counters)
        .def("levels", &Port::levels)
        .def("strangers", &Port::strangers)
        .def("arrivals", &Port::arrivals)
        .def("hand_over", &Port::hand_over)
        .def("line", &Port::line)
        .def("exchange", &Port::exchange, "caller_pcm"_a)
        .def("mute", &Port::mute, "on"_a)
        .def("music", &Port::music, "sound"_a.none(), "level"_a = 1.0F)
        .def("tap", &Port::tap, "seconds"_a = 10.0, nb::rv_policy::take_ownership)
        .def("connect", &Port::connect, "slot"_a, "held"_a = false, "known"_a = false, NoGil())
        .def("wait", &Port::wait, "on"_a, "at_most_ms"_a = 0)
        .def("disconnect", &Port::disconnect, NoGil())
        .def("close", &Port::close, NoGil());

    nb::class_<JitterBuffer>(m, "JitterBuffer", "A caller's packets until it is their turn; see jitter_buffer.hpp.")
        .def("__init__", [](JitterBuffer* made, unsigned rtp_rate, double least_ms, double most_ms, bool seamless) {
            new (made) JitterBuffer(rtp_rate, JitterBounds{nanoseconds(least_ms), nanoseconds(most_ms)}, seamless);
        }, "rtp_rate"_a = 8000, "least_ms"_a = 12.0, "most_ms"_a = 300.0, "seamless"_a = false)
        .def("put", [](JitterBuffer& buffer, const nb::bytes& packet, double now_ms) {
            return buffer.put(packet.c_str(), packet.size(), nanoseconds(now_ms));
        }, "packet"_a, "now_ms"_a)
        .def("tick", [](JitterBuffer& buffer, double now_ms, bool quiet) {
            nb::list given;
            const auto give = [&](void* packet, std::size_t size) { given.append(nb::bytes(packet, size)); };
            buffer.tick(nanoseconds(now_ms), quiet, give, [](void*, std::size_t) {});
            return given;
        }, "now_ms"_a, "quiet"_a = false)
        .def_prop_ro("is_ahead", &JitterBuffer::is_ahead)
        .def_prop_ro("late", &JitterBuffer::late)
        .def_prop_ro("waits_ms", [](const JitterBuffer& buffer) { return static_cast<double>(buffer.waits_ns()) / 1e6; });

    nb::class_<DtmfDetector>(m, "DtmfDetector", "Keys that are heard in the sound itself; see dtmf.hpp.")
        .def(nb::init<>())
        .def("hear", [](DtmfDetector& detector, const nb::bytes& pcm) {
            std::string keys;
            constexpr std::size_t kTick = 160;
            std::array<std::int16_t, kTick> tick;
            for (std::size_t at = 0; at + sizeof tick <= pcm.size(); at += sizeof tick) {
                std::memcpy(tick.data(), pcm.c_str() + at, sizeof tick);
                if (const char key = detector.hear(tick.data(), kTick); key != 0) keys += key;
            }
            return keys;
        }, "pcm"_a);

    nb::class_<CallToneDetector>(m, "CallToneDetector", "Beeps and tones of networks; see call_tones.hpp.")
        .def(nb::init<>())
        .def("hear", [](CallToneDetector& detector, const nb::bytes& pcm) {
            nb::list heard;
            media::VoiceTick tick;
            for (std::size_t at = 0; at + sizeof tick <= pcm.size(); at += sizeof tick) {
                std::memcpy(tick.data(), pcm.c_str() + at, sizeof tick);
                const CallToneDetector::Heard found = detector.hear(tick);
                if (found.tone == CallToneDetector::Tone::none) continue;
                heard.append(nb::make_tuple(media::name_of(found.tone), 20 * found.ago, at / 16 + 20));
            }
            return heard;
        }, "pcm"_a);

    nb::class_<media::Pace>(m, "Pace", "When each leg is spoken to within a tick; see pace.hpp.")
        .def(nb::init<>())
        .def("begin", &media::Pace::begin, "due_ns"_a, "legs"_a, "waits"_a)
        .def("next", &media::Pace::next)
        .def("waited", &media::Pace::waited);

    nb::class_<media::TellMoment>(m, "TellMoment", "When Python is told of what models say; see tell_moment.hpp.")
        .def(nb::init<>())
        .def("came", &media::TellMoment::came, "now_ns"_a)
        .def("took", &media::TellMoment::took, "ns"_a)
        .def("before", &media::TellMoment::before, "next_ns"_a, "now_ns"_a);

    nb::class_<media::WakeUp>(m, "WakeUp", "Whether Python is to be woken; see wake_up.hpp.")
        .def(nb::init<>())
        .def("needed", &media::WakeUp::needed)
        .def("needed_by", &media::WakeUp::needed_by, "due_ns"_a)
        .def("due", &media::WakeUp::due, "now_ns"_a)
        .def("waits", &media::WakeUp::waits)
        .def("rung", &media::WakeUp::rung);

    nb::class_<EchoGate>(m, "EchoGate", "Whether the caller's sound is our own, come back; see echo_gate.hpp.")
        .def(nb::init<>())
        .def("said", [](EchoGate& gate, const nb::bytes& pcm, bool ahead) {
            media::Tick tick{};
            std::memcpy(tick.data(), pcm.c_str(), std::min(pcm.size(), sizeof tick));
            gate.said(tick, ahead);
        }, "pcm"_a, "ahead"_a = false)
        .def("heard", [](EchoGate& gate, const nb::bytes& pcm) {
            media::VoiceTick tick{};
            std::memcpy(tick.data(), pcm.c_str(), std::min(pcm.size(), sizeof tick));
            return gate.heard(tick);
        }, "pcm"_a)
        .def_prop_ro("noise", &EchoGate::noise)
        .def_prop_ro("known", &EchoGate::known)
        .def_prop_ro("delay_ms", &EchoGate::delay_ms)
        .def_prop_ro("loss", &EchoGate::loss);

    nb::class_<G711Receiver>(m, "G711Receiver", "A caller's sound out of packets of G.711; see g711_receiver.hpp.")
        .def(nb::init<>())
        .def("tick", [](G711Receiver& receiver, JitterBuffer& packets, double now_ms, bool quiet) {
            std::array<std::int16_t, G711Receiver::kTick> tick{};
            const bool sounds = receiver.tick(packets, nanoseconds(now_ms), quiet, tick.data());
            return sounds ? nb::bytes(tick.data(), sizeof tick) : nb::bytes("", 0);
        }, "packets"_a, "now_ms"_a, "quiet"_a = false)
        .def_prop_ro("concealed_ms", [](const G711Receiver& receiver) { return static_cast<double>(receiver.concealed_us()) / 1000.0; });

    nb::class_<media::SecureSocket>(m, "SecureSocket", "A socket that encrypts what is written to it.");
    media::bind_tls(m);

    media::bind_link(m);

    nb::class_<media::RtpPorts>(m, "RtpPorts", "Which pair of RTP ports the next call gets; see rtp_ports.hpp.")
        .def(nb::init<unsigned, unsigned>(), "low"_a, "high"_a)
        .def("take", &media::RtpPorts::take, "port"_a)
        .def("give_back", &media::RtpPorts::give_back, "port"_a)
        .def("next", &media::RtpPorts::next);

    nb::class_<Plane>(m, "Plane", "The clock of a process; see gateway.media.media_port.MediaPlane.")
        .def(nb::init<>())
        .def_prop_ro("native", &Plane::native)
        .def_prop_ro("wake_fd", &Plane::wake_fd)
        .def("clear_wake", &Plane::clear_wake)
        .def("wake_every", &Plane::wake_every, "ticks"_a, "silence"_a = 1)
        .def("port", &Plane::port, "caller_rate"_a = 24000, nb::rv_policy::take_ownership)
        .def("link", &Plane::link, "socket"_a, "secure"_a = nb::none())
        .def("sound", [](const Plane&, const nb::bytes& pcm) { return new media::Sound(pcm); }, "pcm"_a,
             nb::rv_policy::take_ownership)
        .def("join", &Plane::join, "ports"_a, "routes"_a, nb::rv_policy::take_ownership)
        .def("exchange", &Plane::exchange, "callers"_a)
        .def("start", &Plane::start, "learn_source"_a = false, "jitter_min_ms"_a = 12.0, "jitter_max_ms"_a = 300.0, NoGil())
        .def("stop", &Plane::stop, NoGil())
        .def("clock", &Plane::clock);
}
