"""The session as it is in force: its defaults, and how an update changes it.

Kept as the plain data of the wire, because that is what `session.updated` must show and what updates merge
into; what the server itself needs of it is read through the properties.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson

from gateway.local.session.limits import REALTIME_SESSION, TRANSCRIPTION_SESSION
from gateway.local.session.schema import Refused
from gateway.local.session.turns import EAGERNESS_MS, TurnSettings

DEFAULT_INSTRUCTIONS = (
    "You are a friendly voice agent on the telephone. Answer in short sentences, in the caller's language."
)
_PCM = {"type": "audio/pcm", "rate": 24_000}
_SWITCHED_OFF_BY_NULL = ("noise_reduction", "transcription", "turn_detection")
_NULLABLE = ("tracing", "prompt", "include", "reasoning")


def _transcription(head: dict[str, Any], audio_input: dict[str, Any]) -> dict[str, Any]:
    """Return a session that only writes down what it hears, as it is by default."""
    return {
        "type": "transcription",
        **head,
        "object": "realtime.transcription_session",
        "audio": {"input": audio_input},
        "include": None,
    }


def _agent(head: dict[str, Any], model: str, audio_input: dict[str, Any]) -> dict[str, Any]:
    """Return a session that answers, as it is by default."""
    return {
        "type": "realtime",
        **head,
        "model": model,
        "output_modalities": ["audio"],
        "instructions": DEFAULT_INSTRUCTIONS,
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "prompt": None,
        "include": None,
        "truncation": "auto",
        "audio": {
            "input": audio_input,
            "output": {"format": dict(_PCM), "voice": "marin", "speed": 1.0},
        },
    }


class SessionConfig:
    """One session's configuration. `update` is all or nothing."""

    def __init__(
        self,
        session_id: str,
        model: str,
        expires_at: int,
        *,
        silence_ms: int = 400,
        transcription_only: bool = False,
        engine_names: Collection[str] = ("local",),
    ) -> None:
        self._engine_names = engine_names
        self._default_silence_ms = silence_ms
        audio_input: dict[str, Any] = {
            "format": dict(_PCM),
            "transcription": None,
            "noise_reduction": None,
            "turn_detection": self._server_vad({}),
        }
        head = {"object": "realtime.session", "id": session_id, "expires_at": expires_at}
        self.wire = (
            _transcription(head, audio_input) if transcription_only else _agent(head, model, audio_input)
        )

    def _server_vad(self, given: dict[str, Any]) -> dict[str, Any]:
        defaults = {
            "type": "server_vad",
            "threshold": 0.5,
            "prefix_padding_ms": 300,
            "silence_duration_ms": self._default_silence_ms,
            "idle_timeout_ms": None,
            "create_response": True,
            "interrupt_response": True,
        }
        return defaults | {name: value for name, value in given.items() if value is not None}

    # --- what the server reads ---

    @property
    def transcription_only(self) -> bool:
        """No responses: a session that only writes down what is said."""
        return bool(self.wire["type"] == "transcription")

    @property
    def input_format(self) -> str:
        """Wire format of the caller's audio."""
        return str(self.wire["audio"]["input"]["format"]["type"])

    @property
    def transcription(self) -> dict[str, Any] | None:
        """Transcription settings, or None if the client wants none."""
        found: dict[str, Any] | None = self.wire["audio"]["input"]["transcription"]
        return found

    @property
    def turns(self) -> TurnSettings | None:
        """Turn detection, or None when the client commits by itself."""
        given = self.wire["audio"]["input"]["turn_detection"]
        if given is None:
            return None
        flags = {name: given[name] for name in ("create_response", "interrupt_response")}
        if self.transcription_only:
            flags = {"create_response": False, "interrupt_response": False}
        if given["type"] == "semantic_vad":
            silence, patience = EAGERNESS_MS[given["eagerness"]]
            return TurnSettings(silence_ms=silence, patience_ms=patience, semantic=True, **flags)
        return TurnSettings(
            threshold=given["threshold"],
            prefix_ms=given["prefix_padding_ms"],
            silence_ms=given["silence_duration_ms"],
            idle_ms=given["idle_timeout_ms"],
            **flags,
        )

    # --- how it changes ---

    def update(self, given: dict[str, Any], *, voice_locked: bool) -> None:
        """Merge an update, or raise `Refused` and leave everything as it was."""
        self._check(given)
        new = orjson.loads(orjson.dumps(self.wire))  # ten times as fast as copy.deepcopy
        for name, value in given.items():
            if name in ("type", "audio", "model") or (value is None and name not in _NULLABLE):
                continue
            new[name] = value
        audio = given.get("audio") or {}
        self._merge_input(new["audio"]["input"], audio.get("input") or {})
        output = {k: v for k, v in (audio.get("output") or {}).items() if v is not None}
        if output:
            changed = output.get("voice", new["audio"]["output"]["voice"]) != new["audio"]["output"]["voice"]
            if changed and voice_locked:
                message = "Cannot update a conversation's voice if assistant audio is present."
                raise Refused("cannot_update_voice", message, "session.audio.output.voice")
            output.update(_whole_format(output))
            new["audio"]["output"].update(output)
        self.wire = new

    def _check(self, given: dict[str, Any]) -> None:
        kind = given.get("type")
        if kind is None:
            message = "Missing required parameter: 'session.type'."
            raise Refused("missing_required_parameter", message, "session.type")
        if kind not in ("realtime", "transcription"):
            message = f"Invalid value: '{kind}'. Supported values are: 'realtime', 'transcription'."
            raise Refused("invalid_value", message, "session.type")
        if kind != self.wire["type"]:
            message = (
                f"Passing a {kind} session update event to a {self.wire['type']} session is not allowed."
            )
            raise Refused(None, message, "session.type")
        (TRANSCRIPTION_SESSION if self.transcription_only else REALTIME_SESSION)(given, "session")
        self._check_lasting(given)

    def _check_lasting(self, given: dict[str, Any]) -> None:
        """Refuse what a session keeps to its end: its model, and its tracing once that is set.

        A session that names one of our engines takes any other model for the default of its client, and keeps
        its own: SDKs send one with every update.
        """
        model, own = given.get("model"), self.wire.get("model")
        is_default = own in self._engine_names and model not in self._engine_names
        if model is not None and model != own and not is_default:
            message = f"Cannot update the model of a session: it is '{own}'."
            raise Refused("invalid_value", message, "session.model")
        before = self.wire.get("tracing")
        if before is not None and given.get("tracing", before) != before:
            message = "Cannot update the tracing of a session once it is set."
            raise Refused("invalid_value", message, "session.tracing")

    def _merge_input(self, new: dict[str, Any], given: dict[str, Any]) -> None:
        for name, value in given.items():
            if name == "turn_detection" and value is not None:
                new[name] = self._turn_detection(new[name], value)
            elif name == "format" and value is not None:
                new.update(_whole_format({"format": value}))
            elif value is not None or name in _SWITCHED_OFF_BY_NULL:
                new[name] = value

    def _turn_detection(self, old: dict[str, Any] | None, given: dict[str, Any]) -> dict[str, Any]:
        """Merge within a type; start from that type's defaults when it changes."""
        if given["type"] == "server_vad":
            keep = old if old is not None and old["type"] == "server_vad" else {}
            merged = self._server_vad(keep | {k: v for k, v in given.items() if v is not None})
            if "idle_timeout_ms" in given:
                merged["idle_timeout_ms"] = given["idle_timeout_ms"]
            return merged
        keep = old if old is not None and old["type"] == "semantic_vad" else {}
        defaults = {"type": "semantic_vad", "eagerness": "auto", "create_response": True}
        return (
            defaults
            | {"interrupt_response": True}
            | keep
            | {name: value for name, value in given.items() if value is not None}
        )


def _whole_format(given: dict[str, Any]) -> dict[str, Any]:
    """Write a format as the service shows it: PCM with its rate, G.711 without."""
    kind = given.get("format")
    if kind is None:
        return {}
    return {"format": dict(_PCM) if kind["type"] == "audio/pcm" else {"type": kind["type"]}}
