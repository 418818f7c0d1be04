"""What a provider and a model are known not to take of a session's settings: left out, and said by the check.

The service rejects a whole update for one key that it does not know. What nobody knows of a model is sent: a
server that refuses it says so, and what a call can do without is then left out (`configure.DISPENSABLE`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from gateway.realtime.events.session import Transcription
from gateway.realtime.providers import Dialect, Provider
from gateway.realtime.settings import SessionSettings

_GA_ONLY = ("truncation", "prompt", "reasoning", "parallel_tool_calls")
_REASONING = ("reasoning", "parallel_tool_calls")
_NOT_TRANSCRIBED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gpt-realtime-whisper", ("prompt", "keywords", "languages")),
    ("gpt-4o-", ("keywords", "languages", "delay")),
    ("whisper-1", ("keywords", "languages", "delay")),
    ("gpt-transcribe", ("delay",)),
    ("gpt-live-transcribe", ("delay",)),
)
"""By the beginning of a transcription model's name, what it does not take."""


class LeftOut(NamedTuple):
    """A setting that is not sent: its name, `transcription.prompt` for one of a part, and why."""

    name: str
    why: str


def allowed(provider: Provider, settings: SessionSettings) -> SessionSettings:
    """Return the settings without what is known not to be taken."""
    names = {one.name for one in left_out(provider, settings)}
    changes: dict[str, Any] = {name: None for name in names if "." not in name and name != "wire"}
    parts = {name.partition(".")[2] for name in names if name.startswith("transcription.")}
    if parts and settings.transcription is not None:
        kept = settings.transcription.model_dump(exclude_unset=True, exclude=parts)
        changes["transcription"] = Transcription.model_validate(kept)
    return replace(settings, **changes) if changes else settings


def left_out(provider: Provider, settings: SessionSettings) -> Iterator[LeftOut]:
    """Tell what is not sent to this provider and model, of all that was asked for."""
    able, flat = provider.capabilities, provider.dialect is Dialect.BETA_FLAT
    name = settings.model or provider.model
    model = provider.meant(name)
    for key in _GA_ONLY:
        if getattr(settings, key) is None:
            continue
        if flat:
            yield LeftOut(key, f"the dialect of {provider.name} (beta-flat) has no such setting")
        elif key in _REASONING and not able.reasons(model):
            why = f"{name} at {provider.name} is not known to take it"
            yield LeftOut(key, f"{why}; see reasoning_models and deployments in docs/providers.md")
    if settings.temperature is not None and not flat:
        yield LeftOut("temperature", f"{provider.name} speaks GA, which has none; only beta-flat has")
    if settings.wire != "pcm" and not able.g711:
        yield LeftOut("wire", f"{provider.name} takes no G.711; its audio is PCM")
    if settings.safety_identifier is not None and not able.safety_identifier:
        yield LeftOut("safety_identifier", f"{provider.name} is not known to take it")
    yield from _of_transcription(provider, settings.transcription, flat=flat)


def _of_transcription(provider: Provider, wanted: Transcription | None, *, flat: bool) -> Iterator[LeftOut]:
    if wanted is None:
        return
    name = wanted.model or provider.transcription_model or ""
    model = provider.meant(name)
    refused = next((keys for begins, keys in _NOT_TRANSCRIBED if model.startswith(begins)), ())
    if flat:
        refused = ("keywords", "languages", "delay")
    who = f"the dialect of {provider.name} (beta-flat)" if flat else name
    for key in refused:
        if getattr(wanted, key) is not None:
            yield LeftOut(f"transcription.{key}", f"{who} does not take it")
