// SPDX-License-Identifier: GPL-3.0-or-later
// One call's audio, as Python orders it and as it is reported to Python.

#include "port.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "monotonic.hpp"
#include "pj_error.hpp"

namespace media {
namespace {

constexpr std::int64_t kPlayoutSamples = 300LL * kAgentRate;  // media_port.py: PLAYOUT_SECONDS
constexpr double kSilentDb = -90.0;
constexpr std::int64_t kTickMs = 20;
constexpr int kBlanks = 12;  // a voice begins and ends at most about twice a second; of keys there are ten

[[noreturn]] void raise(const char* name, const std::string& text) {
    const nb::object type = nb::module_::import_("gateway.errors").attr(name);
    PyErr_SetString(type.ptr(), text.c_str());
    throw nb::python_error();
}

}  // namespace

Port::Port(std::shared_ptr<Core> core, unsigned caller_rate)
    : core_(std::move(core)),
      number_(core_->bell->news.number()),
      channel_(std::make_shared<Channel>(caller_rate, core_->bell, number_)) {
    channel_->capture().gather_silence(core_->silence.load(std::memory_order_relaxed));
    core_->channels.join(channel_);
}

// Not closed and collected, the port leaves its stream silent.
Port::~Port() {
    close();
    core_->bell->news.give_back(number_);
}

void Port::give(Order::Kind kind, std::int32_t number, float factor, bool awaited) {
    auto order = std::make_unique<Order>();
    order->kind = kind;
    order->number = number;
    order->factor = factor;
    order->awaited = awaited;
    channel_->give(order.release());
}

void Port::play(std::int32_t item, const nb::bytes& pcm) {
    if (item < 1) throw nb::value_error("an item's number is positive");
    if (pcm.size() % 2 != 0) throw nb::value_error("half a sample");
    const std::size_t samples = pcm.size() / 2;
    if (samples == 0) return;
    if (channel_->queued() + static_cast<std::int64_t>(samples) > kPlayoutSamples) {
        raise("PlayoutFull", "more than 300 s of audio would be queued");
    }
    auto order = std::make_unique<Order>();
    order->kind = Order::Kind::play;
    order->number = item;
    order->sound = PackedSound(pcm.c_str(), samples);
    channel_->give(order.release());
}

void Port::mark(std::int32_t mark, bool awaited) { give(Order::Kind::mark, mark, 1.0F, awaited); }

void Port::flush() { give(Order::Kind::flush, 0, 1.0F, false); }

void Port::gain(float factor) {
    if (!(factor >= 0.0F && factor <= 1.0F)) throw nb::value_error("a gain is 0.0 to 1.0");
    give(Order::Kind::gain, 0, factor);
}

void Port::detect(bool on) {
    if (on) give_blanks();
    channel_->detectors().voice(on);
}

void Port::hear_keys(bool on) {
    if (on) give_blanks();
    channel_->detectors().keys(on);
}

void Port::hear_tones(bool on) {
    if (on) give_blanks();
    channel_->detectors().tones(on);
}

void Port::comfort_noise(int below_db) {
    if (below_db != 0 && (below_db < 40 || below_db > 90)) throw nb::value_error("noise is 40 to 90 dB below overload, or 0");
    channel_->make_noise(below_db);
}

void Port::give_blanks() {
    if (std::exchange(has_blanks_, true)) return;
    for (int i = 0; i < kBlanks; ++i) channel_->detectors().give_blank(std::make_unique<Order>().release());
}

nb::bytes Port::read() {
    Capture& capture = channel_->capture();
    const bool ours = !direct();
    if (ours) capture.pass_sent();
    const std::size_t frames = ours ? capture.waiting() : 0;
    const std::size_t frame_bytes = capture.count() * sizeof(std::int16_t);
    PyObject* bytes = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(frames * frame_bytes));
    if (bytes == nullptr) throw nb::python_error();
    const std::size_t given = capture.read(reinterpret_cast<std::int16_t*>(PyBytes_AS_STRING(bytes)), frames);
    if (given != frames && _PyBytes_Resize(&bytes, static_cast<Py_ssize_t>(given * frame_bytes)) != 0) {
        throw nb::python_error();
    }
    return nb::steal<nb::bytes>(bytes);
}

void Port::send_to(ModelLink& link, const std::string& wire, std::vector<std::shared_ptr<KeptSound>> keepers) {
    if (wire != "pcm" && wire != "pcmu" && wire != "pcma") throw nb::value_error("a model hears pcm, pcmu or pcma");
    if (!keepers.empty() && caller_rate() != kAgentRate) throw nb::value_error("what is kept is 24 kHz");
    channel_->capture().send_as(wire == "pcm" ? Law::pcm : wire == "pcmu" ? Law::pcmu : Law::pcma);
    link.carry(channel_, std::move(keepers));
}

// ---------------------------------------------------------------------------------------------- reports

nb::list Port::events() {
    nb::list events;
    for (Order* report = channel_->reports(); report != nullptr;) {
        std::unique_ptr<Order> order(report);
        report = order->next;
        if (order->kind == Order::Kind::play) {
            note_dropped(*order);
        } else if (order->kind == Order::Kind::flush) {
            events.append(flushed(*order));
        } else if (order->kind == Order::Kind::voice) {
            events.append(voice(std::move(order)));
        } else if (order->kind == Order::Kind::key) {
            events.append(key(std::move(order)));
        } else if (order->kind == Order::Kind::tone) {
            events.append(tone(std::move(order)));
        } else if (order->kind == Order::Kind::mark && !order->dropped) {
            const std::int64_t ago_ms = kTickMs * (channel_->ticks() - order->heard);
            events.append(nb::module_::import_("gateway.media.port_events").attr("MarkPlayed")(order->number, ago_ms));
        }
    }
    return events;
}

void Port::note_dropped(const Order& chunk) {
    if (!chunk.dropped) return;
    const auto rest = static_cast<std::int64_t>(chunk.sound.left());
    if (!dropped_.empty() && dropped_.back().first == chunk.number) {
        dropped_.back().second += rest;
    } else {
        dropped_.emplace_back(chunk.number, rest);
    }
}

// The chunks that a flush dropped are reported before it; the first of them may be what was on air.
nb::object Port::flushed(const Order& flush) {
    const nb::module_ contract = nb::module_::import_("gateway.media.port_events");
    const nb::object dropped_type = contract.attr("Dropped");
    nb::list dropped;
    for (std::size_t i = flush.remaining > 0 ? 1 : 0; i < dropped_.size(); ++i) {
        dropped.append(dropped_type(dropped_[i].first, dropped_[i].second));
    }
    dropped_.clear();
    return contract.attr("PortFlushed")(flush.number, flush.heard, flush.remaining, nb::tuple(dropped));
}

nb::object Port::voice(std::unique_ptr<Order> report) {
    const bool started = report->number != 0;
    const std::int64_t ago_ms = report->heard;
    channel_->detectors().give_blank(report.release());  // to be used again
    return nb::module_::import_("gateway.media.port_events").attr("VoiceChanged")(started, ago_ms);
}

nb::object Port::key(std::unique_ptr<Order> report) {
    const std::string name(1, static_cast<char>(report->number));
    channel_->detectors().give_blank(report.release());
    return nb::module_::import_("gateway.media.port_events").attr("KeyHeard")(name);
}

nb::object Port::tone(std::unique_ptr<Order> report) {
    const nb::module_ words = nb::module_::import_("gateway.call");
    const nb::object name = words.attr("CallTone")(name_of(static_cast<CallToneDetector::Tone>(report->number)));
    const std::int64_t ago_ms = report->heard;
    channel_->detectors().give_blank(report.release());
    return words.attr("ToneHeard")(name, ago_ms);
}

nb::object Port::counters() {
    Channel::Counters& counters = channel_->counters;
    nb::dict values;
    values["ticks"] = counters.ticks.load();
    values["agent_frames"] = counters.agent_frames.load();
    values["caller_frames"] = counters.caller_frames.load();
    values["underruns"] = counters.underruns.load();
    values["overruns"] = channel_->capture().lost();
    values["queued_samples"] = channel_->queued();
    values["agent_peak"] = counters.agent.take_peak();
    values["caller_peak"] = counters.caller.take_peak();
    fill_rtp(values);
    return nb::module_::import_("gateway.media.media_port").attr("Counters")(**values);
}

nb::object Port::levels() const {
    const auto decibels = [](const LoudnessMeter& meter) {
        const double full = 32768.0 * 32768.0;
        return std::max(10.0 * std::log10(static_cast<double>(meter.energy()) / full + 1e-12), kSilentDb);
    };
    const Channel::Counters& counters = channel_->counters;
    const Detectors& detectors = channel_->detectors();
    const nb::object speaks = detectors.hears_voices() ? nb::object(nb::bool_(detectors.speaks())) : nb::none();
    return nb::module_::import_("gateway.call").attr("LegLevels")(decibels(counters.caller), decibels(counters.agent), speaks);
}

void Port::fill_rtp(nb::dict& counters) const {
    if (!rtp_) {
        for (const char* name : {"rtp_packets", "rtp_lost", "rtp_sent", "rtp_strangers", "rtp_idle_ms", "rtp_learned", "rtp_encryption"}) {
            counters[name] = nb::none();
        }
        return;
    }
    const std::int64_t idle_ns = now_ns() - rtp_->last_ns.load();
    const double rtp_khz = rtp_->rtp_rate.load() / 1000.0;
    counters["rtp_packets"] = rtp_->packets.load();
    counters["rtp_lost"] = rtp_->lost.load();
    counters["rtp_sent"] = rtp_->sent.load();
    counters["rtp_strangers"] = rtp_->strangers.load();
    counters["rtp_learned"] = rtp_->learned.load();
    const Encryption encryption = rtp_->encryption.load();
    counters["rtp_encryption"] = encryption == Encryption::none ? "off" : encryption == Encryption::dtls ? "dtls" : "sdes";
    counters["rtp_idle_ms"] = std::max<std::int64_t>(idle_ns, 0) / 1'000'000;
    counters["rtp_late"] = rtp_->late.load();
    counters["rtp_reordered"] = rtp_->reordered.load();
    counters["rtp_duplicates"] = rtp_->twice.load();
    counters["rtp_jitter_ms"] = rtp_->jitter.now() / rtp_khz;
    counters["buffer_ms"] = static_cast<double>(rtp_->waits_ns.load()) / 1e6;
    counters["concealed_ms"] = rtp_->concealed_us.load() / 1000;
    const FarView::Seen far = rtp_->far.seen();
    if (far.round_trip_ns >= 0) counters["round_trip_ms"] = static_cast<double>(far.round_trip_ns) / 1e6;
    if (!far.reported) return;
    counters["far_lost"] = far.lost;
    counters["far_jitter_ms"] = far.jitter / rtp_khz;
}

nb::object Port::strangers() const {
    if (!rtp_) return nb::none();
    const std::uint64_t last = rtp_->stranger.load(std::memory_order_relaxed);
    const auto host = htonl(static_cast<std::uint32_t>(last >> 16));
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &host, text, sizeof text);
    const std::string address = last == 0 ? "" : std::string(text) + ":" + std::to_string(last & 0xFFFF);
    return nb::module_::import_("gateway.media.media_port").attr("Strangers")(rtp_->strangers.load(), address);
}

nb::object Port::arrivals() const {
    if (!rtp_) return nb::none();
    return nb::module_::import_("gateway.media.media_port").attr("Arrivals")(rtp_->packets.load(), rtp_->reports.load());
}

nb::bytes Port::exchange(const nb::bytes& caller) {
    if (core_->ticking) raise("MediaError", "the plane ticks: the media thread owns the other end");
    VoiceTick heard;
    if (caller.size() != sizeof heard) throw nb::value_error("a caller's tick is 160 samples, 320 bytes");
    std::memcpy(heard.data(), caller.data(), sizeof heard);
    if (!by_hand_) by_hand_ = std::make_unique<LineRate>(8000, caller_rate());
    Tick agent;
    channel_->pull(agent);
    channel_->put(*by_hand_, heard.data(), loudness(heard.data(), heard.size()));
    core_->end_tick();
    return nb::bytes(reinterpret_cast<const char*>(agent.data()), sizeof agent);
}

void Port::say_by_hand(const nb::bytes& caller) {
    const auto rate = static_cast<unsigned>(50 * caller.size() / sizeof(std::int16_t));
    if (std::find(kLineRates.begin(), kLineRates.end(), rate) == kLineRates.end())
        throw nb::value_error("a caller's tick is 20 ms at 8, 16, 24 or 48 kHz");
    if (!by_hand_ || by_hand_->rate() != rate) by_hand_ = std::make_unique<LineRate>(rate, caller_rate());
    if (!channel_->speaks_late()) say_by_hand();
}

void Port::say_by_hand() {
    said_by_hand_.resize(by_hand_->tick());
    channel_->say(*by_hand_, said_by_hand_.data());
}

void Port::hear_by_hand(const nb::bytes& caller) {
    std::array<std::int16_t, kLargestTick> heard;
    std::memcpy(heard.data(), caller.data(), caller.size());
    channel_->put(*by_hand_, heard.data(), loudness(heard.data(), by_hand_->tick()));
}

nb::bytes Port::said_by_hand() {
    if (channel_->speaks_late()) say_by_hand();
    return nb::bytes(reinterpret_cast<const char*>(said_by_hand_.data()), said_by_hand_.size() * sizeof(std::int16_t));
}

// -------------------------------------------------------------------------------- what is heard besides

void Port::music(const Sound* sound, float level) {
    if (!(level >= 0.0F && level <= 1.0F)) throw nb::value_error("a level is 0.0 to 1.0");
    if (music_) music_->stop();
    music_.reset();
    if (sound == nullptr) return;
    music_ = std::make_shared<Music>(sound->samples, level);
    channel_->play_music(music_);
}

LegTap* Port::tap(double seconds) {
    if (!(seconds >= 0.1 && seconds <= 60.0)) throw nb::value_error("a tap holds 0.1 to 60 seconds");
    auto ring = std::make_shared<TapRing>(static_cast<std::size_t>(seconds * 50.0));
    channel_->tap(ring);
    return new LegTap(std::move(ring));
}

// ------------------------------------------------------------------------------------------- the stream

void Port::connect(int slot, bool held, bool known) {
    if (closed_) throw PjError("joining the call's audio: the port is closed", PJ_EGONE);
    CallAudio audio = call_audio(slot);
    if (!audio.stream) throw PjError("joining the call's audio: there is no stream", PJ_ENOTFOUND);
    channel_->play_through(std::shared_ptr<const Outlet>(audio.source, &audio.source->outlet));
    if (known) audio.source->outlet.prove();
    if (stream_ != audio.stream) disconnect();
    stream_ = std::move(audio.stream);
    std::optional<HandedLine> line;
    if (hands_over_) line = media::hand_over(slot, *stream_);
    stream_->connect(channel_, held);
    const nb::gil_scoped_acquire gil;  // `counters` reads it on another thread
    rtp_ = std::move(audio.source);
    handed_ = std::move(line);
}

nb::object Port::line() {
    if (!handed_) return nb::none();
    HandedLine line = std::move(*handed_);
    handed_.reset();
    nb::dict values;
    values["host"] = line.host;
    values["port"] = line.port;
    values["sends"] = line.sends;
    values["takes"] = line.takes;
    values["keys"] = line.keys;
    values["descriptor"] = line.take();
    return nb::module_::import_("gateway.media.handed_line").attr("HandedLine")(**values);
}

void Port::disconnect() {
    if (stream_) stream_->disconnect();
    stream_.reset();
}

void Port::close() {
    closed_ = true;
    disconnect();
    channel_->leave();
}

}  // namespace media
