"""Builds `session.update` from a call's settings: an allow-list per provider and model.

The service rejects a whole update for one key it does not know, and then talks with its default instructions.
So nothing goes out that the provider, or the model, is not known to take.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway.realtime.allowed import allowed
from gateway.realtime.events import flat
from gateway.realtime.events.client import SessionUpdate
from gateway.realtime.events.codec import plain
from gateway.realtime.events.model import fields_sent
from gateway.realtime.events.response import ErrorBody
from gateway.realtime.events.session import (
    Audio,
    AudioInput,
    AudioOutput,
    NoiseReduction,
    Session,
    Transcription,
    TurnDetection,
)
from gateway.realtime.providers import Provider
from gateway.realtime.settings import SessionSettings
from gateway.realtime.wire_format import WireFormat

DISPENSABLE = (
    "session.audio.input.format",
    "session.audio.input.noise_reduction",
    "session.audio.input.transcription",
    "session.audio.input.transcription.delay",
    "session.audio.input.transcription.keywords",
    "session.audio.input.transcription.language",
    "session.audio.input.transcription.languages",
    "session.audio.input.transcription.prompt",
    "session.audio.input.turn_detection.idle_timeout_ms",
    "session.audio.output.format",
    "session.audio.output.speed",
    "session.include",
    "session.max_output_tokens",
    "session.parallel_tool_calls",
    "session.reasoning",
    "session.temperature",
    "session.tracing",
    "session.truncation",
)
"""Parameters a call can do without: when a server refuses one, the update is sent again without it.

Formats are among them: what the server has then is what it says, and audio is converted.
"""

FORMATS = frozenset(("session.audio.input.format", "session.audio.output.format"))
_PARAM = re.compile(r"'((?:session\.)?[a-z_]+(?:\.[a-z_]+|\[\d+\])*)'")
"""A parameter named in the text of an error that has no `param`: "Unknown parameter: 'session.speed'."."""


def session_update(
    provider: Provider,
    settings: SessionSettings,
    *,
    without: frozenset[str] = frozenset(),
    voice: bool = True,
) -> SessionUpdate:
    """Build the update. `without` names parameters that the server refused; `voice` False leaves it out."""
    taken = allowed(provider, settings)
    session = Session.model_validate(_session(provider, taken, voice=voice))
    if settings.extras:
        session = Session.model_validate(_merged(plain(session), settings.extras))
    return SessionUpdate(session=_without(session, without) if without else session)


def detection_update(provider: Provider, settings: SessionSettings) -> SessionUpdate:
    """Build the update that changes only how the session finds turns, and whether it answers them."""
    hearing = AudioInput(turn_detection=_detection(provider, settings.detection))
    return SessionUpdate(session=Session(type="realtime", audio=Audio(input=hearing)))


def dispensable(error: ErrorBody) -> str | None:
    """Return which of `DISPENSABLE` an error is about, the narrowest; None if it is about none."""
    named = error.param or (found[1] if (found := _PARAM.search(error.message)) else "")
    place = flat.path_from_flat(named if named.startswith("session.") else f"session.{named}")
    fits = [path for path in DISPENSABLE if place == path or place.startswith((f"{path}.", f"{path}["))]
    return max(fits, key=len, default=None)


def _session(provider: Provider, settings: SessionSettings, *, voice: bool) -> dict[str, Any]:
    spoken = (settings.voice or provider.voice) if voice else None
    return _given(
        type="realtime",  # required in every update since GA
        output_modalities=["audio"],
        instructions=settings.instructions,
        audio=Audio(input=_hearing(provider, settings), output=_speaking(provider, settings, spoken)),
        tools=[
            dict(tool)
            for tool in settings.tools
            if provider.capabilities.native_mcp or tool.get("type") != "mcp"
        ],
        tool_choice=settings.tool_choice or ("auto" if settings.tools else None),
        max_output_tokens=settings.max_output_tokens,
        temperature=settings.temperature,
        truncation=settings.truncation,
        tracing=settings.tracing,
        prompt=settings.prompt,
        reasoning=settings.reasoning,
        parallel_tool_calls=settings.parallel_tool_calls,
    )


def _hearing(provider: Provider, settings: SessionSettings) -> AudioInput:
    hearing: dict[str, Any] = {
        "format": formats(provider, settings)[0].asked(),
        # Null where switched off: that has to be said, the server's default is on.
        "turn_detection": _detection(provider, settings.detection),
    }
    transcription = _transcription(provider, settings.transcription)
    # An empty object names no model, and is refused by those who want one: then there is no transcription.
    if transcription is None or fields_sent(transcription):
        hearing["transcription"] = transcription
    if settings.noise_reduction is not None:
        hearing["noise_reduction"] = NoiseReduction(type=settings.noise_reduction)
    return AudioInput.model_validate(hearing)


def _detection(provider: Provider, wanted: TurnDetection | None) -> TurnDetection | None:
    if wanted is None:
        return None
    fields = _given(**dict(wanted))
    if not provider.capabilities.idle_timeout:
        fields.pop("idle_timeout_ms", None)
    return TurnDetection.model_validate(fields)


def _transcription(provider: Provider, wanted: Transcription | None) -> Transcription | None:
    if wanted is None or wanted.model is not None or provider.transcription_model is None:
        return wanted
    return wanted.model_copy(update={"model": provider.transcription_model})


def _speaking(
    provider: Provider, settings: SessionSettings, voice: str | Mapping[str, str] | None
) -> AudioOutput:
    sound = formats(provider, settings)[1].asked()
    return AudioOutput.model_validate(_given(format=sound, voice=voice, speed=settings.speed))


def formats(provider: Provider, settings: SessionSettings) -> tuple[WireFormat, WireFormat]:
    """Return what a session is asked to hear, and what to speak."""
    able = provider.capabilities
    if settings.wire == "pcm" or not able.g711:
        return WireFormat("pcm", able.input_rate), WireFormat("pcm", able.output_rate)
    narrow = WireFormat(settings.wire, 8_000)
    return narrow, narrow


def converts(provider: Provider, settings: SessionSettings) -> bool:
    """Return whether a session's sound is to be another than that of facts and orders."""
    return not all(way.is_ours for way in formats(provider, settings))


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _merged(data: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Lay `more` over `data`, key by key where both are objects."""
    for name, value in more.items():
        mine = data.get(name)
        if isinstance(mine, dict) and isinstance(value, Mapping):
            _merged(mine, value)
        else:
            data[name] = value
    return data


def _without(session: Session, refused: frozenset[str]) -> Session:
    """Take parameters out by their path, `session.audio.output.speed`."""
    data = plain(session)
    for path in refused:
        *way, last = path.split(".")[1:]
        node = data
        for step in way:
            node = node.get(step) or {}
        node.pop(last, None)
    return Session.model_validate(data)
