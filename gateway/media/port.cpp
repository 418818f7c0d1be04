// SPDX-License-Identifier: GPL-3.0-or-later
// gateway.media._port: the native implementation of gateway/media/media_port.py, which documents the contract.
//
// Only Python's threads run the code of this file, except `Core::end_tick` and the lambdas given to the
// clock: those run on the media thread and never touch Python.

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <arpa/inet.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "channel.hpp"
#include "clock.hpp"
#include "conf_port.hpp"
#include "monotonic.hpp"
#include "pj_error.hpp"
#include "source_lock.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace media {
namespace {

constexpr std::int64_t kPlayoutSamples = 300LL * 8000;  // port.py: PLAYOUT_SECONDS
constexpr int kMostTicks = 5;  // port.py: MOST_TICKS
constexpr int kBlanks = 8;  // a voice begins and ends at most about twice a second

[[noreturn]] void raise(const char* name, const std::string& text) {
    const nb::object type = nb::module_::import_("gateway.errors").attr(name);
    PyErr_SetString(type.ptr(), text.c_str());
    throw nb::python_error();
}

// ------------------------------------------------------------------------------------------------- core

// What a plane and its ports share: the bell, the descriptor that wakes asyncio, the roster of channels.
struct Core {
    Core() : wake_fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        if (wake_fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    ~Core() { close(wake_fd); }
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    void join(Channel* channel);
    void leave(Channel* channel);
    void end_tick() noexcept;

    const std::shared_ptr<Bell> bell = std::make_shared<Bell>();
    const int wake_fd;
    std::atomic<bool> ticking{false};
    std::atomic<unsigned> wake_every{1};  // ticks, for audio

private:
    bool rung() noexcept;

    unsigned ticks_ = 0;  // since the last wake-up; the media thread's own
    std::mutex mutex_;    // the media thread only tries it
    std::vector<Channel*> roster_;
};

void Core::join(Channel* channel) {
    const std::lock_guard guard(mutex_);
    roster_.push_back(channel);
}

void Core::leave(Channel* channel) {
    const std::lock_guard guard(mutex_);
    roster_.erase(std::remove(roster_.begin(), roster_.end(), channel), roster_.end());
}

// Where Python is just changing the roster, a flush of a call on hold waits one tick more.
void Core::end_tick() noexcept {
    if (mutex_.try_lock()) {
        for (Channel* channel : roster_) channel->end_tick();
        mutex_.unlock();
    }
    if (!rung()) return;
    const std::uint64_t once = 1;
    // Full is impossible, and a wake-up that waits already is as good as another.
    [[maybe_unused]] const ssize_t written = write(wake_fd, &once, sizeof once);
}

// A report wakes at once, audio in its turn.
bool Core::rung() noexcept {
    ++ticks_;
    const bool report = bell->report.exchange(false, std::memory_order_relaxed);
    if (!report && ticks_ < wake_every.load(std::memory_order_relaxed)) return false;
    const bool audio = bell->audio.exchange(false, std::memory_order_relaxed);
    if (!report && !audio) return false;
    ticks_ = 0;
    return true;
}

// ------------------------------------------------------------------------------------------------- port

class Port {
public:
    Port(std::shared_ptr<Core> core, unsigned caller_rate);
    ~Port();
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;

    unsigned caller_rate() const { return channel_->capture().rate(); }

    void play(std::int32_t item, const nb::bytes& pcm);
    void mark(std::int32_t mark);
    void flush();
    void gain(float factor);
    void detect(bool on);
    nb::bytes read();
    nb::list events();
    nb::object counters();
    nb::object strangers() const;
    nb::bytes exchange(const nb::bytes& caller);

    void connect(int slot, bool sends);
    void disconnect();
    void close();

private:
    void give(Order::Kind kind, std::int32_t number, float factor = 1.0F);
    void note_dropped(const Order& chunk);
    nb::object flushed(const Order& flush);
    nb::object voice(std::unique_ptr<Order> report);
    void fill_rtp(nb::dict& counters) const;

    const std::shared_ptr<Core> core_;
    const std::shared_ptr<Channel> channel_;
    std::unique_ptr<ConfPort> conf_port_;
    std::shared_ptr<const RtpSource> rtp_;
    bool closed_ = false;
    bool has_blanks_ = false;
    std::vector<std::pair<std::int32_t, std::int64_t>> dropped_;  // since the last flush was reported
};

Port::Port(std::shared_ptr<Core> core, unsigned caller_rate)
    : core_(std::move(core)), channel_(std::make_shared<Channel>(caller_rate, core_->bell)) {
    core_->join(channel_.get());
}

// Not closed and collected on a thread that PJSIP does not know, the port stays in the bridge, silent.
Port::~Port() {
    core_->leave(channel_.get());
    if (!pj_thread_is_registered()) [[maybe_unused]] ConfPort* const left_there = conf_port_.release();
}

void Port::give(Order::Kind kind, std::int32_t number, float factor) {
    auto order = std::make_unique<Order>();
    order->kind = kind;
    order->number = number;
    order->factor = factor;
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
    order->size = samples;
    order->samples.reset(new std::int16_t[samples]);
    std::memcpy(order->samples.get(), pcm.data(), pcm.size());
    channel_->give(order.release());
}

void Port::mark(std::int32_t mark) { give(Order::Kind::mark, mark); }

void Port::flush() { give(Order::Kind::flush, 0); }

void Port::gain(float factor) {
    if (!(factor >= 0.0F && factor <= 1.0F)) throw nb::value_error("a gain is 0.0 to 1.0");
    give(Order::Kind::gain, 0, factor);
}

void Port::detect(bool on) {
    if (on && !std::exchange(has_blanks_, true)) {
        for (int i = 0; i < kBlanks; ++i) {
            auto blank = std::make_unique<Order>();
            blank->kind = Order::Kind::voice;
            channel_->give_blank(blank.release());
        }
    }
    channel_->detect(on);
}

nb::bytes Port::read() {
    FrameRing& ring = channel_->capture().ring();
    const std::size_t frames = ring.waiting();
    const std::size_t frame_bytes = ring.frame_samples() * sizeof(std::int16_t);
    PyObject* bytes = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(frames * frame_bytes));
    if (bytes == nullptr) throw nb::python_error();
    const std::size_t given = ring.read(reinterpret_cast<std::int16_t*>(PyBytes_AS_STRING(bytes)), frames);
    if (given != frames && _PyBytes_Resize(&bytes, static_cast<Py_ssize_t>(given * frame_bytes)) != 0) {
        throw nb::python_error();
    }
    return nb::steal<nb::bytes>(bytes);
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
        } else if (order->kind == Order::Kind::mark && !order->dropped) {
            events.append(nb::module_::import_("gateway.media.media_port").attr("MarkPlayed")(order->number));
        }
    }
    return events;
}

void Port::note_dropped(const Order& chunk) {
    if (!chunk.dropped) return;
    const auto rest = static_cast<std::int64_t>(chunk.size - chunk.position);
    if (!dropped_.empty() && dropped_.back().first == chunk.number) {
        dropped_.back().second += rest;
    } else {
        dropped_.emplace_back(chunk.number, rest);
    }
}

// The chunks that a flush dropped are reported before it; the first of them may be what was on air.
nb::object Port::flushed(const Order& flush) {
    const nb::module_ contract = nb::module_::import_("gateway.media.media_port");
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
    const std::int64_t ago = report->heard;
    channel_->give_blank(report.release());  // to be used again
    return nb::module_::import_("gateway.media.media_port").attr("VoiceChanged")(started, ago);
}

nb::object Port::counters() {
    Channel::Counters& counters = channel_->counters;
    nb::dict values;
    values["ticks"] = counters.ticks.load();
    values["agent_frames"] = counters.agent_frames.load();
    values["caller_frames"] = counters.caller_frames.load();
    values["underruns"] = counters.underruns.load();
    values["overruns"] = channel_->capture().ring().lost();
    values["queued_samples"] = channel_->queued();
    values["agent_peak"] = counters.agent_peak.exchange(0);
    values["caller_peak"] = counters.caller_peak.exchange(0);
    fill_rtp(values);
    return nb::module_::import_("gateway.media.media_port").attr("Counters")(**values);
}

void Port::fill_rtp(nb::dict& counters) const {
    if (!rtp_) {
        for (const char* name : {"rtp_packets", "rtp_lost", "rtp_sent", "rtp_strangers", "rtp_idle_ms", "rtp_learned"}) {
            counters[name] = nb::none();
        }
        return;
    }
    const std::int64_t idle_ns = now_ns() - rtp_->last_ns.load();
    counters["rtp_packets"] = rtp_->packets.load();
    counters["rtp_lost"] = rtp_->lost.load();
    counters["rtp_sent"] = rtp_->sent.load();
    counters["rtp_strangers"] = rtp_->strangers.load();
    counters["rtp_learned"] = rtp_->learned.load();
    counters["rtp_idle_ms"] = std::max<std::int64_t>(idle_ns, 0) / 1'000'000;
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

nb::bytes Port::exchange(const nb::bytes& caller) {
    if (core_->ticking) raise("MediaError", "the plane ticks: the media thread owns the other end");
    Tick tick;
    if (caller.size() != sizeof tick) throw nb::value_error("a tick is 160 samples, 320 bytes");
    std::memcpy(tick.data(), caller.data(), sizeof tick);
    channel_->put(tick);
    channel_->pull(tick);
    core_->end_tick();
    return nb::bytes(reinterpret_cast<const char*>(tick.data()), sizeof tick);
}

// --------------------------------------------------------------------------------------- the conference

void Port::connect(int slot, bool sends) {
    if (closed_) throw PjError("joining the call's audio: the port is closed", PJ_EGONE);
    if (!conf_port_) conf_port_ = std::make_unique<ConfPort>(channel_);
    std::shared_ptr<const RtpSource> source = rtp_source(slot);
    if (source) channel_->play_through(std::shared_ptr<const Outlet>(source, &source->outlet));
    conf_port_->connect(slot, sends);
    const nb::gil_scoped_acquire gil;  // `counters` reads it on another thread
    rtp_ = std::move(source);
}

void Port::disconnect() {
    if (conf_port_) conf_port_->disconnect();
}

void Port::close() {
    closed_ = true;
    conf_port_.reset();
    core_->leave(channel_.get());
}

// ------------------------------------------------------------------------------------------------ plane

class Plane {
public:
    Plane() = default;
    ~Plane() { stop(); }
    Plane(const Plane&) = delete;
    Plane& operator=(const Plane&) = delete;

    bool native() const { return true; }
    int wake_fd() const { return core_->wake_fd; }
    void clear_wake();
    void wake_every(int ticks);
    Port* port(int caller_rate);
    void start(bool learn_source);
    void stop();
    nb::object clock() const;

private:
    void enter();
    void tick();

    const std::shared_ptr<Core> core_ = std::make_shared<Core>();
    pjmedia_port* bridge_ = nullptr;  // the conference's master port: pulling from it runs all calls once
    pj_uint64_t time_ = 0;            // in samples; the media thread's own
    pj_thread_desc thread_memory_{};
    Clock clock_{[this] { enter(); }, [this] { tick(); }};
};

void Plane::clear_wake() {
    std::uint64_t wakes;
    [[maybe_unused]] const ssize_t got = ::read(core_->wake_fd, &wakes, sizeof wakes);
}

void Plane::wake_every(int ticks) {
    if (ticks < 1 || ticks > kMostTicks) throw nb::value_error("caller audio is waited for 1 to 5 ticks");
    core_->wake_every = static_cast<unsigned>(ticks);
}

Port* Plane::port(int caller_rate) {
    if (caller_rate != 8000 && caller_rate != 16000 && caller_rate != 24000) {
        throw nb::value_error("a caller's rate is 8000, 16000 or 24000");
    }
    return new Port(core_, static_cast<unsigned>(caller_rate));
}

void Plane::start(bool learn_source) {
    if (core_->ticking) return;
    bridge_ = pjsua_set_no_snd_dev();
    if (bridge_ == nullptr) throw PjError("taking the conference's clock", PJ_EINVALIDOP);
    if (PJMEDIA_PIA_SRATE(&bridge_->info) != 8000 || PJMEDIA_PIA_SPF(&bridge_->info) != kTickSamples ||
        PJMEDIA_PIA_CCNT(&bridge_->info) != 1) {
        throw PjError("the conference must run at 8000 Hz, mono, 20 ms (medConfig)", PJ_EINVALIDOP);
    }
    install_source_lock(learn_source);
    core_->ticking = true;
    clock_.start();
}

void Plane::stop() {
    if (!core_->ticking) return;
    clock_.stop();
    uninstall_source_lock();
    core_->ticking = false;
}

// PJSIP wants to know every thread that calls it; the memory must outlive the thread.
void Plane::enter() {
    pj_thread_t* thread;
    std::memset(thread_memory_, 0, sizeof thread_memory_);
    pj_thread_register("media-clock", thread_memory_, &thread);
}

void Plane::tick() {
    Tick nobody_listens;
    pjmedia_frame frame{};
    frame.type = PJMEDIA_FRAME_TYPE_AUDIO;
    frame.buf = nobody_listens.data();
    frame.size = sizeof nobody_listens;
    frame.timestamp.u64 = time_;
    pjmedia_port_get_frame(bridge_, &frame);
    time_ += kTickSamples;
    core_->end_tick();
}

nb::object Plane::clock() const {
    const Clock::Stats stats = clock_.stats();
    nb::dict values;
    values["ticks"] = stats.ticks;
    values["late_ticks"] = stats.late_ticks;
    values["resyncs"] = stats.resyncs;
    values["p99_late_us"] = stats.p99_late_us;
    values["max_late_us"] = stats.max_late_us;
    values["busy_us_mean"] = stats.busy_us_mean;
    values["scheduling"] = stats.scheduling;
    return nb::module_::import_("gateway.media.media_port").attr("ClockStats")(**values);
}

}  // namespace
}  // namespace media

NB_MODULE(_port, m) {
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

    nb::class_<Port>(m, "Port", "One call's audio; see gateway.media.media_port.Port.")
        .def_prop_ro("caller_rate", &Port::caller_rate)
        .def("play", &Port::play, "item"_a, "pcm"_a)
        .def("mark", &Port::mark, "mark"_a)
        .def("flush", &Port::flush)
        .def("gain", &Port::gain, "factor"_a)
        .def("detect", &Port::detect, "on"_a)
        .def("read", &Port::read)
        .def("events", &Port::events)
        .def("counters", &Port::counters)
        .def("strangers", &Port::strangers)
        .def("exchange", &Port::exchange, "caller_pcm"_a)
        .def("connect", &Port::connect, "slot"_a, "sends"_a = true, NoGil())
        .def("disconnect", &Port::disconnect, NoGil())
        .def("close", &Port::close, NoGil());

    nb::class_<Plane>(m, "Plane", "The clock of a process; see gateway.media.media_port.MediaPlane.")
        .def(nb::init<>())
        .def_prop_ro("native", &Plane::native)
        .def_prop_ro("wake_fd", &Plane::wake_fd)
        .def("clear_wake", &Plane::clear_wake)
        .def("wake_every", &Plane::wake_every, "ticks"_a)
        .def("port", &Plane::port, "caller_rate"_a = 24000, nb::rv_policy::take_ownership)
        .def("start", &Plane::start, "learn_source"_a = false, NoGil())
        .def("stop", &Plane::stop, NoGil())
        .def("clock", &Plane::clock);
}
