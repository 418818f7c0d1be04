// SPDX-License-Identifier: GPL-3.0-or-later
// The clock of a process: the native implementation of `MediaPlane` in gateway/media/media_port.py.

#pragma once

#include <nanobind/nanobind.h>
#include <pjsua-lib/pjsua.h>

#include <memory>

#include "clock.hpp"
#include "core.hpp"
#include "mix_python.hpp"
#include "packet_reader.hpp"
#include "port.hpp"

namespace media {

class Plane {
public:
    Plane() = default;
    ~Plane() { stop(); }
    Plane(const Plane&) = delete;
    Plane& operator=(const Plane&) = delete;

    bool native() const { return true; }
    int wake_fd() const { return core_->wake_fd; }
    nb::list clear_wake();
    void wake_every(int ticks, int silence);
    Port* port(int caller_rate);
    std::shared_ptr<ModelLink> link(int socket, std::shared_ptr<SecureSocket> secure) {
        return core_->links.link(socket, std::move(secure));
    }
    PortJoin* join(const nb::sequence& ports, const nb::sequence& routes);
    // A tick of several ports without PJSIP: pairs of a port and a tick of its caller, whose size is its line's rate.
    nb::list exchange(const nb::sequence& callers);
    void start(bool learn_source, double jitter_min_ms, double jitter_max_ms);
    void stop();
    nb::object clock() const;

private:
    void enter();
    std::int64_t tick(std::int64_t due_ns);
    void turn_bridge();

    const std::shared_ptr<Core> core_ = std::make_shared<Core>();
    pjmedia_port* bridge_ = nullptr;  // the conference's master port: pulling from it runs the bridge once
    pj_uint64_t ticks_ = 0;           // the media thread's own
    pj_thread_desc thread_memory_{};
    Clock clock_{[this] { enter(); }, [this](std::int64_t due_ns) { return tick(due_ns); }, [this] { return !core_->empty(); }};
    PacketReader reader_;
};

}  // namespace media
