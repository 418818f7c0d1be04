// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialog_watch.hpp"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <cstdint>

#include "pj_error.hpp"
#include "source_lock.hpp"

namespace media {
namespace {

// A dialog that was hung up may outlive its call, whose place another has then.
pjsua_call* call_of(const pjsip_dialog* dialog) {
    if (dialog == nullptr) return nullptr;
    auto* const call = static_cast<pjsua_call*>(dialog->mod_data[pjsua_var.mod.id]);
    return call != nullptr && call->inv != nullptr && call->inv->dlg == dialog ? call : nullptr;
}

pj_bool_t on_request(pjsip_rx_data* request) {
    const auto& info = request->msg_info;
    const pjsip_method& method = info.msg->line.req.method;
    const bool acknowledges = method.id == PJSIP_ACK_METHOD;
    const bool offers = method.id == PJSIP_INVITE_METHOD || pj_strcmp2(&method.name, "UPDATE") == 0;
    if (info.to->tag.slen == 0 || !(acknowledges || offers)) return PJ_FALSE;
    pjsua_call* const call =
        call_of(pjsip_ua_find_dialog(&info.cid->id, &info.to->tag, &info.from->tag, PJ_FALSE));
    if (call == nullptr) return PJ_FALSE;
    const std::int64_t cseq = acknowledges ? info.cseq->cseq : -1;
    for (unsigned i = 0; i < call->med_cnt; ++i) signalled(call->media[i].tp, request->pkt_info.src_addr, cseq);
    for (unsigned i = 0; i < call->med_prov_cnt; ++i)
        signalled(call->media_prov[i].tp, request->pkt_info.src_addr, cseq);
    return PJ_FALSE;
}

pjsip_module module;

}  // namespace

void watch_dialogs() {
    module = pjsip_module{};
    module.name = pj_str(const_cast<char*>("mod-gateway-dialog-watch"));
    module.id = -1;
    module.priority = PJSIP_MOD_PRIORITY_UA_PROXY_LAYER - 1;
    module.on_rx_request = &on_request;
    check("watching dialogs", pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module));
}

void ignore_dialogs() noexcept {
    pjsip_endpoint* const endpoint = pjsua_get_pjsip_endpt();
    if (endpoint != nullptr && module.id >= 0) pjsip_endpt_unregister_module(endpoint, &module);
}

}  // namespace media
