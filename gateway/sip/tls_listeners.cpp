// SPDX-License-Identifier: GPL-3.0-or-later

#include "tls_listeners.hpp"

#include <pjsip.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include "../media/pj_error.hpp"

namespace sip {

namespace {

pj_str_t text(const std::string& value) {
    return {const_cast<char*>(value.data()), static_cast<pj_ssize_t>(value.size())};
}

}  // namespace

void renew_tls(int listener, const TlsFiles& files) {
    const auto& known = pjsua_var.tpdata;
    const bool there = listener >= 0 && listener < static_cast<int>(PJ_ARRAY_SIZE(known)) &&
                       known[listener].data.factory != nullptr &&
                       (known[listener].type & ~PJSIP_TRANSPORT_IPV6) == PJSIP_TRANSPORT_TLS;
    if (!there) throw media::PjError("renewing certificates", PJ_EINVAL);
#if PJSIP_HAS_TLS_TRANSPORT
    pjsip_tpfactory* const factory = known[listener].data.factory;
    pjsip_tls_setting setting;
    pjsip_tls_setting_default(&setting);
    setting.cert_file = text(files.certificate);
    setting.privkey_file = text(files.key);
    setting.ca_list_file = text(files.authorities);
    setting.verify_server = files.verifies;
    setting.verify_client = setting.require_client_cert = files.asks;
    setting.reuse_addr = PJ_TRUE;
    setting.proto = PJ_SSL_SOCK_PROTO_TLS1_2 | PJ_SSL_SOCK_PROTO_TLS1_3;
    const pjsua_transport_data& data = known[listener];
    const pj_sockaddr bound = factory->local_addr;
    const pjsip_host_port named = data.local_name;
    media::check("renewing certificates", pjsip_tls_transport_restart2(factory, &setting, &bound, &named));
#else
    (void)files;
#endif
}

}  // namespace sip
