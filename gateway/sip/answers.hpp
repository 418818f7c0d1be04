// SPDX-License-Identifier: GPL-3.0-or-later
// Answers without a transaction (RFC 3261 section 8.2.7): nothing is kept for whoever asks a million times.
//
// On the SIP thread.

#pragma once

#include <pjsip.h>

#include <string_view>

namespace sip {

std::string_view view(const pj_str_t& text);

// Headers of an answer, in memory that lives as long as the request.
class Headers {
public:
    explicit Headers(pjsip_rx_data* request);

    void text(const char* name, std::string_view value);
    void retry_after(int seconds);

    // What the endpoint can do: PJSIP_H_ALLOW, PJSIP_H_ACCEPT or PJSIP_H_SUPPORTED.
    void capability(int type);

    // Another message's header.
    void copy(const pjsip_hdr* header);

    const pjsip_hdr* list() const { return &list_; }

private:
    pj_pool_t* pool_;
    pjsip_hdr list_;
};

void answer(pjsip_rx_data* request, int status, const Headers& headers);
void answer(pjsip_rx_data* request, int status);

// Answer 420 to a request that insists on an extension we do not have (section 8.2.2.3); false if it does not.
bool refuse_extension(pjsip_rx_data* request);

// Leave out of the endpoint's capabilities what its modules can do and we do not: they go into every answer.
void claim_only_what_is_done();

// Claim one of those methods after all.
void claim_method(const char* name);

}  // namespace sip
