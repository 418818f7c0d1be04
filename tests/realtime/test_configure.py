from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from gateway.realtime.configure import DISPENSABLE, converts, dispensable, session_update
from gateway.realtime.events import plain
from gateway.realtime.events.response import ErrorBody
from gateway.realtime.events.session import Transcription, TurnDetection
from gateway.realtime.providers import AZURE, COMPATIBLE, LOCAL, OPENAI, Capabilities, Provider
from gateway.realtime.settings import SessionSettings

TOOL = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}


def session(provider: Provider, settings: SessionSettings, **more: Any) -> dict[str, Any]:
    update: dict[str, Any] = plain(session_update(provider, settings, **more))
    assert update["type"] == "session.update"
    session: dict[str, Any] = update["session"]
    return session


def test_openai_gets_what_a_telephone_needs() -> None:
    """The first update carries everything, and nothing that was not asked for."""
    assert session(OPENAI, SessionSettings(instructions="Be brief.", tools=(TOOL,))) == {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": "Be brief.",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24000},
                "transcription": {"model": "gpt-transcribe"},
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": 0.5,
                    "prefix_padding_ms": 300,
                    "silence_duration_ms": 500,
                    "create_response": True,
                    "interrupt_response": True,
                },
            },
            "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin"},
        },
        "tools": [TOOL],
        "tool_choice": "auto",
    }


def test_detection_and_transcription_are_switched_off_by_null() -> None:
    """The server's default is on: leaving them out would not do."""
    hearing = session(LOCAL, SessionSettings(turn_detection=None, transcription=None))["audio"]["input"]
    assert hearing["turn_detection"] is None
    assert hearing["transcription"] is None


def test_reasoning_goes_only_to_models_that_take_it() -> None:
    """For any other model it would have the whole update refused, instructions and tools included."""
    wanted = SessionSettings(reasoning={"effort": "low"}, parallel_tool_calls=False)
    assert session(OPENAI, wanted)["reasoning"] == {"effort": "low"}
    assert session(OPENAI, wanted)["parallel_tool_calls"] is False
    older = session(OPENAI, dataclasses.replace(wanted, model="gpt-realtime-1.5"))
    assert not {"reasoning", "parallel_tool_calls"} & set(older)
    assert "reasoning" not in session(COMPATIBLE, wanted)


def test_the_idle_time_out_goes_only_to_servers_that_have_one() -> None:
    """What a server cannot is not asked for, nor sent as null."""
    patient = TurnDetection(type="server_vad", idle_timeout_ms=6000)
    settings = SessionSettings(turn_detection=patient)
    without = dataclasses.replace(LOCAL, capabilities=Capabilities(idle_timeout=False))
    assert session(LOCAL, settings)["audio"]["input"]["turn_detection"]["idle_timeout_ms"] == 6000
    assert session(without, settings)["audio"]["input"]["turn_detection"] == {"type": "server_vad"}


def test_mcp_tools_go_only_to_servers_that_call_them() -> None:
    """Elsewhere the gateway calls MCP itself and offers functions."""
    mcp = {"type": "mcp", "server_label": "crm", "server_url": "https://x"}
    settings = SessionSettings(tools=(TOOL, mcp))
    assert session(OPENAI, settings)["tools"] == [TOOL, mcp]
    assert session(COMPATIBLE, settings)["tools"] == [TOOL]


def test_what_a_plan_says_wins() -> None:
    """Voice, model of transcription, speed, noise, limits, and a vendor's own keys."""
    settings = SessionSettings(
        voice="cedar",
        speed=1.1,
        noise_reduction="near_field",
        transcription=Transcription(model="own", language="de"),
        max_output_tokens=400,
        truncation="disabled",
        tool_choice="required",
        prompt={"id": "pmpt_1"},
        tracing="auto",
        extras={"vendor": {"x": 1}},
    )
    made = session(OPENAI, settings)
    assert made["audio"]["output"]["voice"] == "cedar"
    assert made["audio"]["output"]["speed"] == 1.1
    assert made["audio"]["input"]["noise_reduction"] == {"type": "near_field"}
    assert made["audio"]["input"]["transcription"] == {"model": "own", "language": "de"}
    assert made["vendor"] == {"x": 1}
    kept = ("max_output_tokens", "truncation", "tool_choice", "prompt", "tracing")
    assert [made[key] for key in kept] == [400, "disabled", "required", {"id": "pmpt_1"}, "auto"]


def test_extras_are_laid_over_the_rest() -> None:
    """A key for experts changes one thing and leaves its neighbours."""
    extras = {"audio": {"input": {"turn_detection": {"threshold": 0.9}}}, "instructions": "other"}
    made = session(OPENAI, SessionSettings(instructions="x", extras=extras))
    assert made["instructions"] == "other"
    assert made["audio"]["input"]["turn_detection"]["threshold"] == 0.9
    assert made["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 500


def test_what_was_refused_is_left_out_next_time() -> None:
    """A server that does not know a dispensable parameter gets the rest."""
    settings = SessionSettings(noise_reduction="near_field", speed=1.2, truncation="auto")
    again = session(OPENAI, settings, without=frozenset(DISPENSABLE), voice=False)
    assert "noise_reduction" not in again["audio"]["input"]
    assert "output" not in again["audio"] or again["audio"]["output"] == {}
    assert "truncation" not in again
    assert again["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 500


def test_an_empty_transcription_is_not_sent() -> None:
    """Azure has no model that is always right: `{}` names none, and would have the whole update refused."""
    assert "transcription" not in session(AZURE, SessionSettings())["audio"]["input"]
    # The embedded server has one that it always has: the next session is told what the caller said.
    assert session(LOCAL, SessionSettings())["audio"]["input"]["transcription"] == {"model": "local"}
    asked = SessionSettings(transcription=Transcription(model="our-whisper"))
    assert session(AZURE, asked)["audio"]["input"]["transcription"] == {"model": "our-whisper"}
    language = SessionSettings(transcription=Transcription(language="de"))
    assert session(AZURE, language)["audio"]["input"]["transcription"] == {"language": "de"}


@pytest.mark.parametrize(
    ("param", "message", "place"),
    [
        ("session.audio.output.speed", "", "session.audio.output.speed"),
        ("session.audio.input.transcription.model", "", "session.audio.input.transcription"),
        ("session.audio.input.transcription.keywords[0]", "", "session.audio.input.transcription.keywords"),
        ("session.audio.input.transcription", "", "session.audio.input.transcription"),
        ("session.input_audio_transcription", "", "session.audio.input.transcription"),
        ("input_audio_noise_reduction.type", "", "session.audio.input.noise_reduction"),
        (None, "Unknown parameter: 'session.speed'.", "session.audio.output.speed"),
        (None, "Invalid type for 'session.reasoning.effort': expected ...", "session.reasoning"),
        ("session.audio.input.transcriptions", "", None),
        ("session.tools[0].name", "", None),
        ("session.instructions", "", None),
        (None, "The server had an error", None),
    ],
)
def test_what_a_call_can_do_without_is_known_under_all_its_names(
    param: str | None, message: str, place: str | None
) -> None:
    """GA's and the older ones, from the field or from the sentence; the narrowest that is refused."""
    assert dispensable(ErrorBody(param=param, message=message)) == place


def test_sound_is_converted_where_a_model_speaks_otherwise() -> None:
    """G.711 if the plan asks for it and the provider has it, or PCM at another rate in one of its ways."""
    slow = dataclasses.replace(LOCAL, capabilities=Capabilities(output_rate=16_000))
    without = dataclasses.replace(LOCAL, capabilities=Capabilities(g711=False))
    assert not converts(LOCAL, SessionSettings())
    assert converts(LOCAL, SessionSettings(wire="pcmu"))
    assert not converts(without, SessionSettings(wire="pcmu"))
    assert converts(slow, SessionSettings())
