"""Log events of the embedded realtime server, and of the gateway's view of it. `log_events` has them all."""

from __future__ import annotations

from gateway.log_event import CLOSING, IN, LOOK, OUT, STATE, LogEvent

EMBEDDED: dict[str, LogEvent] = {
    "embedded.starting": LogEvent(STATE, "info", "starting the embedded agent", "as a process of its own"),
    "embedded.ready": LogEvent(STATE, "info", "embedded agent ready", "its engines are loaded, in `seconds`"),
    "embedded.stopping": LogEvent(CLOSING, "info", "embedded agent stopping", "it was told to"),
    "embedded.ended": LogEvent(
        LOOK, "error", "embedded agent ended, restarting", "by itself with `status`; again in `in_seconds`"
    ),
    "embedded.stuck": LogEvent(
        LOOK, "error", "embedded agent is not ready, ending it", "after `seconds`; it is started again"
    ),
    "embedded.late": LogEvent(
        LOOK,
        "error",
        "embedded agent is not ready; its calls will be refused until it is",
        "calls are taken without it for now",
    ),
    "embedded.no_address": LogEvent(
        LOOK,
        "error",
        "embedded agent has no address, trying again",
        "an added plan needs it, and `local_listen` cannot be had: `error`; again in `in_seconds`",
    ),
    "embedded.unavailable": LogEvent(
        LOOK, "error", "embedded agent cannot speak", "its engines are missing: `error` says what to install"
    ),
    "client.connected": LogEvent(IN, "info", "client connected", "a session of the embedded server begins"),
    "client.gone": LogEvent(CLOSING, "info", "client gone", "what its session used up; `sessions` go on"),
    "client.closed": LogEvent(CLOSING, "debug", "connection closed", "with code and reason"),
    "client.expired": LogEvent(
        LOOK, "info", "session expired", "its time was over: the client is told, and cut"
    ),
    "client.refused": LogEvent(LOOK, "info", "refused", "the client's event was no good: an error was sent"),
    "client.not_connected": LogEvent(
        LOOK, "info", "a browser did not connect", "its offer was answered, as `call_id`"
    ),
    "client.broke": LogEvent(LOOK, "error", "a browser's call broke", "a bug; the others go on"),
    "client.mcp_ignored": LogEvent(
        LOOK, "warning", "a connector is not for the embedded agent", "`server` has no `server_url`"
    ),
    "answer.started": LogEvent(OUT, "info", "answer", "of the script engine: its `number` in the session"),
    "answer.sent": LogEvent(STATE, "info", "answer sent", "of the script engine, whole"),
    "answer.failed": LogEvent(LOOK, "warning", "no answer", "the engine failed; the client is told"),
    "recognition.failed": LogEvent(LOOK, "warning", "could not listen", "the client is told"),
    "synthesis.failed": LogEvent(LOOK, "warning", "could not speak", "the client is told"),
    "engine.queued": LogEvent(
        LOOK, "warning", "engine is busy", "recognition or synthesis (`part`) waited `waited_ms` for its turn"
    ),
    "script.faults": LogEvent(
        STATE, "info", "faults to come", "of the script engine, in seconds of the session"
    ),
}
