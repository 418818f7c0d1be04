"""All log events: what is stable for programs (the id), and what people read (mark, sentence, meaning).

An id is two words, the thing and what became of it; it never changes when a sentence is improved. Call sites
name the id only; `log` adds the sentence to the line. `gateway events` prints this list as docs/log-events.md
has it, and tests hold both, and every call site, to it.
"""

from __future__ import annotations

from gateway.embedded_log_events import EMBEDDED
from gateway.function_log_events import FUNCTIONS
from gateway.log_event import CLOSING, IN, LOOK, OUT, STATE, LogEvent

EVENTS: dict[str, LogEvent] = {
    # The process
    "gateway.ready": LogEvent(STATE, "info", "answering calls", "calls are taken from now on"),
    "gateway.draining": LogEvent(
        STATE, "info", "draining", "no more calls are taken; `calls` are left, `seconds` is their grace"
    ),
    "gateway.stopped": LogEvent(
        CLOSING, "info", "stopped", "the last line of a gateway; `calls_cut` had to be hung up"
    ),
    "gateway.left_alone": LogEvent(
        LOOK,
        "warning",
        "ended without what does not let itself be ended",
        "`tasks` of functions in plans that keep `asyncio.CancelledError` to themselves",
    ),
    "settings.warning": LogEvent(
        LOOK, "warning", "a setting is worth a look", "where it is written, and what to do about it"
    ),
    "dialplan.reloaded": LogEvent(STATE, "info", "dialplan reloaded", "new calls follow the new files"),
    "dialplan.not_reloaded": LogEvent(
        LOOK, "error", "dialplan not reloaded, the former one stays", "`errors` in the new files, each logged"
    ),
    "dialplan.mistake": LogEvent(LOOK, "error", "mistake in a dialplan", "where it is, and what cures it"),
    "dialplan.unready": LogEvent(LOOK, "error", "a plan's calls will be refused", "for what `cure` says"),
    "dialplan.warnings": LogEvent(
        LOOK, "warning", "dialplan has warnings, see gateway check", "how many, in which plans"
    ),
    "log.lines_lost": LogEvent(
        LOOK,
        "warning",
        "log lines lost: nobody read them, or there was no room",
        "said as soon as lines can be written again; `lines` is how many",
    ),
    "journal.unwritable": LogEvent(LOOK, "warning", "journal cannot be written", "`file`, and why"),
    "library.said": LogEvent(
        LOOK, "warning", "a library reports", "`said` by `library` through Python's logging; or its own level"
    ),
    # Operators
    "control.unavailable": LogEvent(
        LOOK, "warning", "nobody can ask about calls", "the control socket cannot be had; calls are answered"
    ),
    "control.broke": LogEvent(LOOK, "error", "control socket broke", "a bug in an answer; calls go on"),
    "process.ordered": LogEvent(
        STATE, "info", "ordered of the process", "`by` whom, and which `order`: reload, drain, a log level"
    ),
    "api.listening": LogEvent(
        STATE, "info", "control API listens", "at `url`; on a terminal `open` lets a browser in, once"
    ),
    "api.no_address": LogEvent(
        LOOK, "error", "control API has no address, trying again", "`error` says who has it; calls go on"
    ),
    "api.ended": LogEvent(
        LOOK, "error", "control API ended, restarting", "by itself with `status`; again in `in_seconds`"
    ),
    "api.gateway_away": LogEvent(LOOK, "warning", "the gateway does not answer its API", "until it does"),
    "api.tokens_unreadable": LogEvent(LOOK, "error", "the API's tokens cannot be read", "nobody is let in"),
    # Records of calls
    "records.unwritable": LogEvent(
        LOOK, "error", "records cannot be written, calls go on", "said once; it is tried again and again"
    ),
    "records.written_again": LogEvent(
        LOOK, "warning", "records are written again", "what waited is written; `records.dropped` if not all"
    ),
    "records.moved": LogEvent(
        LOOK, "warning", "the file of the records was moved away", "records go to `file` anew from now on"
    ),
    "records.dropped": LogEvent(
        LOOK, "error", "records lost: too many waited to be written", "how many calls have none: `lost`"
    ),
    "records.lost": LogEvent(
        LOOK, "error", "records not written before the end", "how many: their calls will be found as lost"
    ),
    "records.left": LogEvent(LOOK, "warning", "records wait on disk", "the next gateway here takes them"),
    "records.no_spool": LogEvent(LOOK, "error", "records cannot wait on disk", "at `spool`: in memory, then"),
    "records.calls_lost": LogEvent(
        LOOK,
        "warning",
        "calls of a gateway that died are closed as lost",
        "`calls` of runs that ended without being able to say how their calls did",
    ),
    "recording.changed": LogEvent(STATE, "info", "recording", "started, paused or resumed; `why`: by whom"),
    "recording.impossible": LogEvent(LOOK, "error", "not recorded", "why, though its plan wants it"),
    "recording.unwritable": LogEvent(LOOK, "error", "recordings cannot be written", "said once; calls go on"),
    "recording.written_again": LogEvent(LOOK, "warning", "recordings are written again", "there is room"),
    "recording.not_uploaded": LogEvent(
        LOOK, "error", "a recording cannot be uploaded", "said once; each is tried again until it is there"
    ),
    "recording.uploaded_again": LogEvent(
        LOOK, "warning", "recordings are uploaded again", "the storage is back"
    ),
    "recording.broke": LogEvent(LOOK, "error", "a recording broke", "a bug; the call goes on without"),
    "records.expired": LogEvent(STATE, "info", "old records deleted", "`calls` older than `records.keep`"),
    "webhook.failed": LogEvent(
        LOOK, "warning", "a webhook is not taken, it is tried again", "said once until one is: `error`"
    ),
    "webhook.taken_again": LogEvent(STATE, "info", "webhooks are taken again", "after `webhook.failed`"),
    "webhook.given_up": LogEvent(
        LOOK, "error", "a webhook is given up after two days", "its record is kept: `message` is RUN-CALL"
    ),
    "hep.packets_lost": LogEvent(LOOK, "warning", "not all has reached Homer", "`packets`, and why the last"),
    "traces.lost": LogEvent(LOOK, "warning", "calls without a trace", "why; the calls are none the worse"),
    "browser.not_connected": LogEvent(LOOK, "info", "a browser did not connect", "its offer was answered"),
    "browser.ice_server_silent": LogEvent(
        LOOK,
        "warning",
        "a STUN or TURN server lends no address",
        "`url`: not there in 0.5 s, or it refuses us",
    ),
    "browser.broke": LogEvent(LOOK, "error", "a browser's call broke", "a bug; the others go on"),
    # A call, from INVITE to its end
    "call.started": LogEvent(IN, "info", "INVITE", "a call came in; its `plan`, and `why` that one"),
    "call.onward": LogEvent(STATE, "info", "onward to another plan", "by a look-up, a key or a menu's end"),
    "call.answered": LogEvent(STATE, "info", "answered", "200 and ACK: both can be heard"),
    "call.key": LogEvent(
        IN, "info", "key", "the caller pressed one; which `digit` only with `--log-transcripts`; 50 a call"
    ),
    "call.held": LogEvent(
        STATE, "info", "on hold", "`by` the caller, whose side hears nothing then, or by us; 50 a call"
    ),
    "call.hold_refused": LogEvent(
        LOOK,
        "info",
        "the phone was not told of our hold",
        "it refused with `status`; the hold holds all the same",
    ),
    "call.dialled": LogEvent(
        OUT,
        "info",
        "calling somebody for this call",
        "`leg` is the id of the second call, `to` whom it rings",
    ),
    "call.refer_followed": LogEvent(
        OUT,
        "info",
        "the far side puts the call through",
        "by REFER; `leg` is the id of the call to them, `to` whom it rings",
    ),
    "call.refer_refused": LogEvent(
        LOOK, "info", "the far side may not put the call through", "by REFER, to `to`; `why`"
    ),
    "call.redirect_followed": LogEvent(STATE, "info", "whom we call is elsewhere", "goes on to `to` (302)"),
    "call.answered_by": LogEvent(STATE, "info", "it is known who has answered", "`who`, `why`, after `ms`"),
    "answering.not_heard": LogEvent(LOOK, "warning", "nobody can hear who has answered", "portable mode"),
    "call.not_done": LogEvent(
        LOOK, "warning", "what was ordered cannot be done", "`error` says why; the call goes on as it was"
    ),
    "message.left": LogEvent(
        STATE,
        "info",
        "a caller has left a message",
        "in `file`, of so many `seconds`; no file: nothing was said",
    ),
    "message.not_kept": LogEvent(
        LOOK,
        "error",
        "a message cannot be kept",
        "`file` cannot be written: `error`; the agent tells the caller",
    ),
    "transfer.began": LogEvent(
        OUT,
        "info",
        "putting the caller through",
        "to `target` of its plan, by `mode`; `transfer.ended` follows",
    ),
    "transfer.ended": LogEvent(
        STATE,
        "info",
        "transfer over",
        "its `outcome`, and the last `status` of SIP, 0 for none; if it failed, the agent has the caller",
    ),
    "admission.unanswered": LogEvent(
        LOOK,
        "warning",
        "shared count of calls does not answer",
        "once an outage: until it does, each process counts its own calls against `max_calls`",
    ),
    "call.ordered": LogEvent(
        STATE,
        "info",
        "ordered from outside of the plan",
        "`by` says who it was: `shutdown`, an operator, a tool; `order` what; 50 a call",
    ),
    "call.resumed": LogEvent(STATE, "info", "back from hold", "the conversation goes on"),
    "call.reinvited": LogEvent(
        IN,
        "info",
        "new offer (re-INVITE or UPDATE)",
        "the caller's side changes the sound: hold, another port; `status` is 488 if we refuse; 50 a call",
    ),
    "call.ended": LogEvent(
        CLOSING, "info", "call ended", "exactly one a call, its last; all fields: [call-log.md](call-log.md)"
    ),
    "call.transcript": LogEvent(STATE, "info", "what was said", "with `--log-transcripts`: `lines` as heard"),
    "call.refused": LogEvent(LOOK, "error", "call refused", "a plan cannot be carried out: `error` says why"),
    "call.refusals_counted": LogEvent(
        LOOK, "warning", "refused calls without lines of their own", "`calls` in ten seconds, `most_of` whom"
    ),
    "call.broke": LogEvent(LOOK, "error", "call broke", "a bug: the traceback is in the line; others go on"),
    "call.broke_at_end": LogEvent(LOOK, "error", "call broke at its end", "a bug, after the call was over"),
    "call.summary_broke": LogEvent(LOOK, "error", "summary broke", "a bug: `call.ended` lacks its figures"),
    "call.record_broke": LogEvent(LOOK, "error", "record broke", "a bug: no end in its record, or no trace"),
    "call.listener_broke": LogEvent(
        LOOK, "error", "listener broke, the call goes on without it", "a bug in a journal or transcript"
    ),
    "call.observer_broke": LogEvent(
        LOOK, "error", "observer broke, the call goes on without it", "a journal could not begin for a call"
    ),
    "call.no_history": LogEvent(
        LOOK, "warning", "no earlier calls", "the records did not answer in time: the agent knows of none"
    ),
    "call.no_summary": LogEvent(
        LOOK, "warning", "no summary", "the model did not answer the plan's question"
    ),
    "call.keys_refused": LogEvent(
        LOOK,
        "warning",
        "the far side has not the certificate that it said",
        "keys by DTLS (RFC 5763): somebody may be between; the call ends with `no_media`",
    ),
    "call.not_placed": LogEvent(LOOK, "warning", "cannot call", "the INVITE could not be sent to `uri`"),
    "lookup.failed": LogEvent(LOOK, "warning", "look-up failed", "the call goes on as `otherwise` says"),
    **FUNCTIONS,
    "prompt.broke": LogEvent(LOOK, "error", "prompt cannot be prepared", "a bug; our own sound is played"),
    "prompt.no_voice": LogEvent(
        LOOK, "warning", "nobody can speak: our own sounds are played", "prompts are tried again later"
    ),
    "prompt.not_played": LogEvent(LOOK, "warning", "prompt cannot be played", "the plan goes on without it"),
    # Signalling and media
    "sip.invite_refused": LogEvent(
        LOOK, "warning", "INVITE refused before it was a call", "`why`; no `call.ended` follows"
    ),
    "load.too_high": LogEvent(
        LOOK,
        "warning",
        "calls refused: this machine carries no more",
        "503; `refused` since the last line, `calls` are up of some `carries`; `cure` says what is full",
    ),
    "sip.invites_turned_away": LogEvent(
        LOOK, "warning", "INVITEs turned away", "a flood: see [limits.md](limits.md)"
    ),
    "sip.stranger": LogEvent(
        LOOK,
        "warning",
        "turned back somebody we do not know",
        "from `source`, which fail2ban reads (deploy/fail2ban); two lines in 2.5 s at most",
    ),
    "sip.public_address": LogEvent(STATE, "info", "public address learned", "calls are told `address`"),
    "sip.no_public_address": LogEvent(
        LOOK, "warning", "public address not learned", "calls are told `keeps`"
    ),
    "sip.open_to_all": LogEvent(LOOK, "warning", "calls are taken from anybody", "with `guests: allow`"),
    "trunk.registered": LogEvent(STATE, "info", "trunk registered", "for `seconds`; once, until it fails"),
    "trunk.not_registered": LogEvent(
        LOOK, "warning", "trunk not registered", "the registrar said `status`; the same once a minute"
    ),
    "trunk.ours": LogEvent(STATE, "info", "trunk is this process' own", "of several: it registers there"),
    "trunk.left": LogEvent(STATE, "info", "trunk is another process'", "which registers there from now on"),
    "trunk.certificate_refused": LogEvent(
        LOOK, "warning", "a trunk's certificate is not taken", "`why`; calls over TLS do not reach it"
    ),
    "tls.not_renewed": LogEvent(
        LOOK, "error", "certificates not renewed, the former ones stay", "at SIGHUP: `error` says which file"
    ),
    "tls.renewed": LogEvent(STATE, "info", "certificates read again", "at SIGHUP; connections go on"),
    "trunk.silent": LogEvent(LOOK, "warning", "trunk does not answer", "to OPTIONS at `host`; once"),
    "trunk.reachable": LogEvent(STATE, "info", "trunk answers again", "after `trunk.silent`"),
    "trunk.host_unknown": LogEvent(
        LOOK, "warning", "a trunk's host has no address", "calls from there are a stranger's until it has"
    ),
    "trunk.calls_refused": LogEvent(
        LOOK, "warning", "calls of a trunk refused", "more than its `max_calls` or `calls_per_second`: 503"
    ),
    "sip.messages_lost": LogEvent(LOOK, "warning", "SIP messages lost: too many at once", "how many"),
    "sip.messages_broke": LogEvent(
        LOOK, "error", "SIP messages not kept", "a bug: those of a moment are lost"
    ),
    "sip.messages_unwritable": LogEvent(LOOK, "warning", "SIP messages cannot be kept", "once a day"),
    "sip.message_unsent": LogEvent(
        LOOK, "warning", "message not sent", "`host` has no address, or none in time; at most one in a while"
    ),
    "sip.callback_failed": LogEvent(LOOK, "error", "callback failed", "a bug; the SIP stack goes on"),
    "sip.not_done": LogEvent(LOOK, "debug", "not done", "PJSIP refused an operation of a call that is over"),
    "sip.closed_badly": LogEvent(LOOK, "warning", "SIP stack did not close cleanly", "while stopping"),
    "tcp.closed": LogEvent(
        LOOK, "warning", "TCP connections closed, too many", "`closed` of `last_of` and others since"
    ),
    "tcp.listening_anew": LogEvent(
        LOOK, "warning", "no TCP connection was accepted any more, listening anew", "after a shortage"
    ),
    "descriptors.exhausted": LogEvent(
        LOOK, "error", "no descriptors left, calls refused", "raise the limit as `cure` says"
    ),
    "rtp.exhausted": LogEvent(
        LOOK, "error", "no RTP port left, calls refused", "widen the range: see `cure`"
    ),
    "sip.read_late": LogEvent(
        LOOK, "error", "INVITEs were read too late to be answered", "see `cure`; once a minute"
    ),
    "audio.missing": LogEvent(
        LOOK, "warning", "no audio from the caller", "`cure` says what helps, once a call"
    ),
    "audio.not_relayed": LogEvent(
        LOOK,
        "warning",
        "the edge's rtpengine did not take the answer",
        "the caller would hear nothing: the call ends with `no_media`",
    ),
    "audio.dropped": LogEvent(
        LOOK, "warning", "audio is dropped: it is not from where it should be", "`cure` says what helps"
    ),
    "audio.stranger": LogEvent(
        STATE, "info", "audio of a stranger is dropped", "beside the caller's, which goes on"
    ),
    "playout.full": LogEvent(LOOK, "warning", "playout full, agent audio lost", "the model is far ahead"),
    # The gateway's sessions with a model
    "session.ready": LogEvent(STATE, "info", "session ready", "connected and configured in `ms`"),
    "session.ended": LogEvent(CLOSING, "info", "session over", "a session that was there is lost"),
    "session.refused": LogEvent(
        LOOK,
        "warning",
        "no session to be had",
        "`message`: host and cause; once a minute and cause, so many `times`; `fatal`: no use to try again",
    ),
    "session.fault": LogEvent(
        LOOK,
        "warning",
        "the model's server reports a fault",
        "the session goes on, but for one that cannot; once a minute and cause, so many `times`",
    ),
    "session.lost": LogEvent(LOOK, "warning", "session lost, reconnecting", "in mid-call; the caller waits"),
    "session.restored": LogEvent(STATE, "info", "session is back", "after `session.lost`; the call goes on"),
    "session.rolled_over": LogEvent(
        STATE, "info", "session replaced before it expires", "unnoticed by the caller"
    ),
    "session.successor_lost": LogEvent(
        LOOK, "warning", "successor lost", "the session that was to take over; the present one goes on"
    ),
    "session.not_warm": LogEvent(LOOK, "warning", "no warm session", "a call will connect by itself"),
    "session.provider_left_out": LogEvent(
        LOOK, "warning", "provider left out", "it lacks a key or an address; the plan has others"
    ),
    "session.unavailable": LogEvent(LOOK, "error", "no session", "nobody to talk to: the caller is told so"),
    "cost.unknown": LogEvent(
        LOOK, "warning", "no price is known", "of a model in use: costs and limits count the rest; once"
    ),
    "response.failed": LogEvent(
        LOOK, "warning", "response failed", "the model's server says so, with `code`"
    ),
    "response.asked_again": LogEvent(
        LOOK, "warning", "asking for the answer again", "nothing came, or it failed"
    ),
    "greeting.not_kept": LogEvent(
        LOOK, "warning", "greeting not kept, the model used other words", "it is made anew for each call"
    ),
    # Several processes: their supervisor
    "worker.ended": LogEvent(LOOK, "error", "a worker ended", "its calls are lost; it is begun again"),
    "worker.stuck": LogEvent(LOOK, "error", "a worker gives no sign of life", "killed, and begun again"),
    "cluster.away": LogEvent(
        LOOK,
        "warning",
        "Redis does not answer: calls go on, each process has its share of a plan's bound",
        "and why",
    ),
    "cluster.back": LogEvent(STATE, "info", "Redis answers again", "what came meanwhile is counted"),
    "workers.ready": LogEvent(STATE, "info", "all workers answer calls", "each at its place in `sip`"),
    "workers.draining": LogEvent(CLOSING, "info", "workers let their calls end", "for so many `seconds`"),
    "workers.stopped": LogEvent(CLOSING, "info", "all workers have ended", "their calls are over"),
    "workers.restarting": LogEvent(STATE, "info", "replacing workers", "one after the other"),
    "workers.restarted": LogEvent(STATE, "info", "all workers were replaced", "new ones answer calls"),
    "workers.not_restarted": LogEvent(LOOK, "error", "not all workers were replaced", "the others stay"),
    # The embedded agent's server: the gateway's view of it (`component` gateway) and its own (embedded)
    **EMBEDDED,
}


def reference() -> str:
    """Return all events as a table in Markdown: id, mark, level, sentence, meaning."""
    rows = (
        f"| `{name}` | `{event.mark}` | {event.level} | {event.msg} | {event.meaning} |"
        for name, event in EVENTS.items()
    )
    return "\n".join(("| event | mark | level | msg | when |", "|---|---|---|---|---|", *rows))
