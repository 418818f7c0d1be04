"""What is known not to be taken is not sent; what nobody knows is."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from gateway.realtime.allowed import allowed, left_out
from gateway.realtime.events.session import Transcription
from gateway.realtime.providers import COMPATIBLE, LOCAL, OPENAI, Dialect, Provider
from gateway.realtime.settings import SessionSettings

FLAT = dataclasses.replace(COMPATIBLE, name="flat", dialect=Dialect.BETA_FLAT)
DEPLOYED = dataclasses.replace(OPENAI, deployments={"ours": "gpt-realtime-2.1", "ears": "whisper-1"})


def heard(model: str | None = None, **keys: Any) -> SessionSettings:
    return SessionSettings(transcription=Transcription.model_validate({"model": model, **keys}))


@pytest.mark.parametrize(
    ("provider", "settings", "names"),
    [
        (OPENAI, SessionSettings(reasoning={"effort": "low"}, parallel_tool_calls=True), []),
        (OPENAI, SessionSettings(model="gpt-realtime-1.5", reasoning={"effort": "low"}), ["reasoning"]),
        (DEPLOYED, SessionSettings(model="ours", reasoning={"effort": "low"}), []),
        (OPENAI, SessionSettings(model="ours", reasoning={"effort": "low"}), ["reasoning"]),
        (OPENAI, SessionSettings(temperature=0.8), ["temperature"]),
        (FLAT, SessionSettings(temperature=0.8), []),
        (FLAT, SessionSettings(truncation="auto", prompt={"id": "p"}), ["truncation", "prompt"]),
        (OPENAI, SessionSettings(safety_identifier="h"), []),
        (COMPATIBLE, SessionSettings(safety_identifier="h"), ["safety_identifier"]),
        (OPENAI, heard(keywords=["a"], languages=["en"]), []),
        (OPENAI, heard("whisper-1", keywords=["a"], prompt="b"), ["transcription.keywords"]),
        (DEPLOYED, heard("ears", keywords=["a"]), ["transcription.keywords"]),
        (OPENAI, heard("gpt-realtime-whisper", prompt="b", delay="low"), ["transcription.prompt"]),
        (OPENAI, heard("gpt-4o-mini-transcribe", delay="low"), ["transcription.delay"]),
        (COMPATIBLE, heard("theirs", keywords=["a"], delay="low"), []),
        (FLAT, heard("theirs", keywords=["a"], prompt="b"), ["transcription.keywords"]),
        (OPENAI, SessionSettings(transcription=None), []),
    ],
)
def test_each_model_gets_what_it_takes(
    provider: Provider, settings: SessionSettings, names: list[str]
) -> None:
    """The rest is left out, and said."""
    assert [one.name for one in left_out(provider, settings)] == names
    sent = allowed(provider, settings)
    assert list(left_out(provider, sent)) == []


def test_what_is_taken_stays() -> None:
    """Only the parts go that are not."""
    sent = allowed(OPENAI, heard("whisper-1", keywords=["a"], prompt="b")).transcription
    assert sent == Transcription(model="whisper-1", prompt="b")
    assert allowed(OPENAI, SessionSettings(speed=1.2)) == SessionSettings(speed=1.2)


def test_a_provider_without_g711_is_told_of() -> None:
    """It is spoken to in PCM."""
    able = dataclasses.replace(LOCAL.capabilities, g711=False)
    provider = dataclasses.replace(LOCAL, capabilities=able)
    assert [one.name for one in left_out(provider, SessionSettings(wire="pcmu"))] == ["wire"]
