// SPDX-License-Identifier: GPL-3.0-or-later
// Where the audio of calls is taken, over IPv4 and over IPv6, and which of both a call has.
//
// PJSIP has one address of audio for an account, and opens a call's sockets there: so it is told before each of
// them, by the offer that is to be answered, else by how the call is signalled.
//
// On the SIP thread.

#pragma once

#include <pjsua-lib/pjsua.h>

#include <string>

namespace sip {

// Addresses in numbers: where sockets are bound, "" for none of this family; and what a session description names,
// "" for the same.
struct AudioHost {
    std::string bound;
    std::string named;
};

// From now on; the strings live as long as the program.
void take_audio_at(AudioHost four, AudioHost six);

// The address of IPv4 that the world sees is another from now on: in Via and Contact of whatever is sent over those of
// our listeners that had the last one, and in the description of the next call's audio.
void name_public(const std::string& host);

// Whether a call may have audio there: no other than before, once it has some. PJSUA_INVALID_ID: a new one.
bool may_have_audio(pjsua_call_id call, bool six);

// An account has its audio there instead, if it has any over this family: of several addresses of ours it is at that
// one. After `take_audio_at`.
void take_audio_of(pjsua_acc_id account, AudioHost host);

// Have the next call of an account open its sockets there; over what there is, if there is only one.
void lead_audio(pjsua_acc_id account, bool six);

// The same before we offer audio to a caller who has asked us to: as he is signalled with.
void lead_audio_of(pjsua_call_id call);

bool is_six(const pjmedia_sdp_session& sdp, const pjmedia_sdp_media& media);

}  // namespace sip
