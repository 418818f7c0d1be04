// SPDX-License-Identifier: GPL-3.0-or-later
#include "conf_port.hpp"

#include <cstring>
#include <utility>

#include "pj_error.hpp"

namespace media {

// What the bridge knows. `port` comes first, so that PJSIP's pointer is ours.
struct ConfPort::Bridged {
    pjmedia_port port{};
    std::shared_ptr<Channel> channel;
    pj_pool_t* pool;

    static Bridged& of(pjmedia_port* port) { return *reinterpret_cast<Bridged*>(port); }

    // Always a sound frame, silence included: a frame without sound would stop the RTP, and with it the
    // pinhole in a caller's NAT and the far end's notion that we are alive.
    static pj_status_t get_frame(pjmedia_port* port, pjmedia_frame* frame) {
        of(port).channel->pull(*static_cast<Tick*>(frame->buf));
        frame->type = PJMEDIA_FRAME_TYPE_AUDIO;
        frame->size = sizeof(Tick);
        return PJ_SUCCESS;
    }

    // The bridge gives a sound frame while a stream is joined, zeros where no RTP came, and an empty one
    // otherwise: nobody is there then, so nothing is passed on.
    static pj_status_t put_frame(pjmedia_port* port, pjmedia_frame* frame) {
        if (frame->type == PJMEDIA_FRAME_TYPE_AUDIO && frame->size == sizeof(Tick)) {
            of(port).channel->put(*static_cast<const Tick*>(frame->buf));
        }
        return PJ_SUCCESS;
    }

    static pj_status_t on_destroy(pjmedia_port* port) {
        Bridged* const self = &of(port);
        pj_pool_t* const pool = self->pool;
        delete self;
        pj_pool_release(pool);
        return PJ_SUCCESS;
    }
};

ConfPort::ConfPort(std::shared_ptr<Channel> channel) : bridged_(new Bridged{}) {
    bridged_->channel = std::move(channel);
    bridged_->pool = pjsua_pool_create("gateway", 512, 512);
    pjmedia_port& port = bridged_->port;
    pj_str_t name = pj_str(const_cast<char*>("gateway"));
    pjmedia_port_info_init(&port.info, &name, PJMEDIA_SIG_CLASS_PORT_AUD('G', 'W'), 8000, 1, 16, kTickSamples);
    port.get_frame = &Bridged::get_frame;
    port.put_frame = &Bridged::put_frame;
    port.on_destroy = &Bridged::on_destroy;
    // Without a group lock of its own PJSIP would make one from the caller's pool, and warn.
    check("making a port", pjmedia_port_init_grp_lock(&port, bridged_->pool, nullptr));
    const pj_status_t status = pjsua_conf_add_port(bridged_->pool, &port, &own_slot_);
    if (status != PJ_SUCCESS) {
        pjmedia_port_destroy(&port);
        throw PjError("joining the conference bridge", status);
    }
}

ConfPort::~ConfPort() {
    pjsua_conf_remove_port(own_slot_);
    pjmedia_port_destroy(&bridged_->port);  // our reference; the bridge drops its own in its next tick
}

void ConfPort::connect(pjsua_conf_port_id slot, bool sends) {
    if (peer_slot_ != slot) disconnect();
    check("joining the call's audio", pjsua_conf_connect(slot, own_slot_));
    peer_slot_ = slot;
    if (sends) {
        check("joining the call's audio", pjsua_conf_connect(own_slot_, slot));
    } else {
        pjsua_conf_disconnect(own_slot_, slot);
    }
}

// Fails where the call's stream is gone already, and that is as good.
void ConfPort::disconnect() noexcept {
    if (peer_slot_ == PJSUA_INVALID_ID) return;
    pjsua_conf_disconnect(peer_slot_, own_slot_);
    pjsua_conf_disconnect(own_slot_, peer_slot_);
    peer_slot_ = PJSUA_INVALID_ID;
}

}  // namespace media
