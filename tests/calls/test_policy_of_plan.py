"""What a plan means for the conversation and for the session."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.calls.policy_of_plan import (
    OWN_WORDS,
    finds_turns,
    greeting,
    policy,
    session_interrupts,
    session_settings,
)
from gateway.conversation.policy import Detector, Policy, TurnMode
from gateway.dialplan import Agent, load
from gateway.dialplan.variables import fill
from gateway.realtime.configure import session_update
from gateway.realtime.events import flat, plain
from gateway.realtime.events.session import Transcription, TurnDetection
from gateway.realtime.providers import COMPATIBLE, OPENAI, Dialect
from gateway.realtime.settings import SessionSettings
from gateway.tools.catalog import ToolCatalog
from gateway.tools.live_call import CallFacts
from gateway.tools.registry import Tool, Toolbox
from tests.dialplan.folder import call, write
from tests.equipment.plans import plan

NO_TOOLS = Toolbox()

# --- for the conversation --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({}, OWN_WORDS),
        ({"speaks_first": "caller"}, None),
        (
            {"greeting": "Good day."},
            'Greet the caller with exactly these words and nothing else: "Good day."',
        ),
        (
            {"greeting": 'Press "one".'},
            "Greet the caller with exactly these words and nothing else: \"Press 'one'.\"",
        ),
    ],
)
def test_a_greeting_is_told_word_by_word(tmp_path: Path, answer: dict[str, object], told: str | None) -> None:
    """Without one the agent finds its own words; quotation marks inside do not end it early."""
    assert greeting(plan(tmp_path, answer=answer)) == told


LISTENS: dict[str, Any] = {
    "ignores_backchannels": True,
    "ignores_far_voices": True,
    "session_interrupts": False,
    "patience": 1.0,
    "suppresses_echo": True,
}
"""What plans do by default, and a conversation does not by itself."""


def test_a_plain_plan_is_the_default_policy(tmp_path: Path) -> None:
    """What a plan leaves open is what a conversation does by itself, but for the length of a call."""
    called = plan(tmp_path)
    assert called.agent
    assert policy(called, called.agent) == Policy(
        greeting=OWN_WORDS, max_duration=1800.0, asks_silent_caller=True, **LISTENS
    )


def test_every_wish_of_a_plan_reaches_the_conversation(tmp_path: Path) -> None:
    """Times become seconds."""
    called = plan(
        tmp_path,
        answer={"when": "at_once", "speaks_first": "caller", "interruptible": False},
        barge_in={"enabled": False, "ignore_first_ms": 300, "echo": "hear"},
        turn_end={"patience": None},
        comfort_noise=-60,
        on_hold={"speech": "cut"},
        limits={
            "max_duration": "2m",
            "max_silence": "5s",
            "max_hold": "3m",
            "max_echoes": None,
            "still_there": None,
        },
    )
    assert called.agent
    assert policy(called, called.agent) == Policy(
        greeting=None,
        greeting_interruptible=False,
        answer_at_once=True,
        barge_in=False,
        session_interrupts=False,
        ignore_first_ms=300,
        noise_below_db=60,
        max_duration=120.0,
        max_silence=5.0,
        max_hold=180.0,
        hold_cuts=True,
        max_echoes=None,
    )


def test_a_silent_caller_is_asked_in_the_plans_words(tmp_path: Path) -> None:
    """The plan's own are said as they are; without any the agent finds some in the caller's language."""
    for words in ("Sind Sie noch da?", 'Still "there", {caller.number}?'):
        called = plan(tmp_path, limits={"still_there": words})
        assert called.agent
        asked = policy(called, called.agent).still_there.instructions
        assert asked is not None
        quoted = words.replace('"', "'")
        assert asked.endswith(f': "{quoted}"')
    assert policy(called, called.agent).asks_silent_caller


@pytest.mark.parametrize(
    ("turn_detection", "wanted"),
    [
        ({"idle_timeout_ms": 6000}, {"idle_timeout": 6.0}),
        ({"silence_duration_ms": 700}, {"silence": 0.7}),
        ({"type": "semantic_vad"}, {}),
        ({"type": "none"}, {"turns": TurnMode.VOICE, "session_interrupts": False}),
        (
            {"type": "none", "silence_duration_ms": 800, "idle_timeout_ms": 5000},
            {"turns": TurnMode.VOICE, "session_interrupts": False, "silence": 0.8, "idle_timeout": 5.0},
        ),
        ({"type": "push_to_talk"}, {"turns": TurnMode.KEY, "session_interrupts": False, "silence": None}),
        (
            {"type": "push_to_talk", "key": "#", "silence_duration_ms": 900},
            {"turns": TurnMode.KEY, "session_interrupts": False, "talk_key": "#", "silence": 0.9},
        ),
    ],
)
def test_turns_are_found_as_the_plan_says(
    tmp_path: Path, turn_detection: dict[str, object], wanted: dict[str, Any]
) -> None:
    """By the session, by our detector, or by a key."""
    called = plan(tmp_path, agent={"turn_detection": turn_detection})
    assert called.agent
    assert policy(called, called.agent) == Policy(
        greeting=OWN_WORDS, max_duration=1800.0, asks_silent_caller=True, **(LISTENS | wanted)
    )
    assert finds_turns(called.agent) is ("turns" not in wanted)


@pytest.mark.parametrize("detector", Detector)
def test_who_notices_the_caller_is_the_plans_choice(tmp_path: Path, detector: Detector) -> None:
    """Each name of the plan is one of the conversation's."""
    called = plan(tmp_path, barge_in={"detector": detector.value})
    assert called.agent
    assert policy(called, called.agent).detector is detector


@pytest.mark.parametrize(
    ("barge_in", "turn_detection", "interrupts"),
    [
        ({"backchannels": "interrupt"}, {}, True),
        ({}, {}, False),
        ({"enabled": False}, {}, False),
        ({"ignore_first_ms": 200}, {}, False),
        ({"backchannels": "interrupt"}, {"type": "semantic_vad"}, True),
        ({"backchannels": "interrupt"}, {"type": "none"}, False),
    ],
)
def test_the_server_interrupts_itself_where_nothing_speaks_against_it(
    tmp_path: Path, barge_in: dict[str, object], turn_detection: dict[str, object], interrupts: bool
) -> None:
    """Not where the plan decides when an interruption counts, nor where the server hears no turns."""
    called = plan(tmp_path, barge_in=barge_in, agent={"turn_detection": turn_detection})
    assert called.agent
    assert session_interrupts(called, called.agent) is interrupts


# --- for the session -------------------------------------------------------------------------------------


def test_a_plans_agent_is_told_to_the_session(tmp_path: Path) -> None:
    """Instructions, model, voice and tools go through as they are."""

    def look() -> str:
        """Look."""
        return ""

    who = {"instructions": "Be kind.", "model": "m", "voice": "v", "provider": "own"}
    called = plan(tmp_path, agent=who)
    assert called.agent
    made = session_settings(called, called.agent, called.agent, Toolbox([Tool.of(look)]))
    assert (made.instructions, made.model, made.voice) == ("Be kind.", "m", "v")
    assert [tool["name"] for tool in made.tools] == ["look"]


def test_what_a_plan_leaves_open_is_the_providers(tmp_path: Path) -> None:
    """No model, no voice, its own transcription."""
    called = plan(tmp_path)
    assert called.agent
    made = session_settings(called, called.agent, called.agent.model_copy(update={"voice": None}), NO_TOOLS)
    assert (made.model, made.voice, made.transcription) == (None, None, Transcription())
    assert made.turn_detection == TurnDetection(
        type="server_vad",
        threshold=0.5,
        prefix_padding_ms=300,
        silence_duration_ms=400,
        create_response=True,
        interrupt_response=False,
    )


@pytest.mark.parametrize(
    ("stage", "keys", "silence_ms"),
    [
        ({}, {}, 400),
        ({"provider": "openai"}, {}, 500),
        ({"url": "ws://elsewhere"}, {}, 500),
        ({}, {"turn_detection": {"silence_duration_ms": 500}}, 500),
    ],
)
def test_the_embedded_agent_waits_for_less_silence(
    tmp_path: Path, stage: dict[str, object], keys: dict[str, object], silence_ms: int
) -> None:
    """It knows sooner than others what was said; a plan's own word holds everywhere."""
    called = plan(tmp_path, agent=keys)
    assert called.agent
    made = session_settings(called, called.agent, called.agent.model_copy(update=stage), NO_TOOLS)
    assert made.turn_detection is not None
    assert made.turn_detection.silence_duration_ms == silence_ms


@pytest.mark.parametrize(
    ("keys", "turns"),
    [
        ({"agent": {"turn_detection": {"type": "none", "idle_timeout_ms": 5000}}}, None),
        ({"agent": {"turn_detection": {"type": "push_to_talk"}}}, None),
        (
            {
                "agent": {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}},
                "barge_in": {"backchannels": "interrupt"},
            },
            TurnDetection(
                type="semantic_vad", eagerness="low", create_response=True, interrupt_response=True
            ),
        ),
        (
            {
                "agent": {"turn_detection": {"type": "semantic_vad"}},
                "barge_in": {"ignore_first_ms": 100},
            },
            TurnDetection(
                type="semantic_vad", eagerness="auto", create_response=True, interrupt_response=False
            ),
        ),
    ],
)
def test_turns_are_as_the_plan_says(
    tmp_path: Path, keys: dict[str, object], turns: TurnDetection | None
) -> None:
    """The server interrupts itself only where the plan does not decide that."""
    called = plan(tmp_path, **keys)
    assert called.agent
    assert session_settings(called, called.agent, called.agent, NO_TOOLS).turn_detection == turns


def test_transcription_can_be_off_or_helped(tmp_path: Path) -> None:
    """Null is none; what is said about it goes through."""
    off, helped = plan(tmp_path, agent={"transcription": None}), {"language": "de", "prompt": "Fernruf"}
    assert off.agent
    assert session_settings(off, off.agent, off.agent, NO_TOOLS).transcription is None
    on = plan(tmp_path, agent={"transcription": helped})
    assert on.agent
    assert session_settings(on, on.agent, on.agent, NO_TOOLS).transcription == Transcription(
        language="de", prompt="Fernruf"
    )


def _tools(*names: str) -> Toolbox:
    return ToolCatalog().toolbox(CallFacts(call("1"), "", agent=Agent(tools=tuple(names))))


EVERY_SETTING = """\
numbers: ["1"]
agent:
  provider: openai
  model: gpt-realtime-2.1
  voice: marin
  wire: pcmu
  extras: {include: [item.input_audio_transcription.logprobs]}
  instructions: Be brief.
  tools: [hang_up, current_time]
  transcription: {model: gpt-transcribe, languages: [en, de], keywords: [Acme, SKU-123]}
  noise_reduction: near_field
  speed: 1.1
  max_output_tokens: 2000
  tool_choice: hang_up
  parallel_tool_calls: false
  reasoning: low
  truncation: {retention_ratio: 0.8, post_instructions_tokens: 8000}
  prompt: {id: pmpt_1, version: "2", variables: {city: Paris}}
  tracing: {workflow_name: phone, metadata: {k: v}}
  safety_identifier: "{caller.number}"
"""


def test_every_setting_of_a_session_can_be_planned(tmp_path: Path) -> None:
    """As the wire has it; who calls is told as a hash, the same for the same caller."""
    (tmp_path / "a.yaml").write_text(EVERY_SETTING)
    one = fill(load(tmp_path).plans["a"], call("1"), datetime.now(UTC))
    assert one.agent is not None
    made = session_settings(one, one.agent, one.agent, _tools(*one.agent.tools))
    assert made.safety_identifier is not None
    assert re.fullmatch("[0-9a-f]{64}", made.safety_identifier)
    session = plain(session_update(OPENAI, made).session)
    assert session["audio"]["input"] == {
        "format": {"type": "audio/pcmu"},
        "turn_detection": session["audio"]["input"]["turn_detection"],
        "transcription": {
            "model": "gpt-transcribe",
            "languages": ["en", "de"],
            "keywords": ["Acme", "SKU-123"],
        },
        "noise_reduction": {"type": "near_field"},
    }
    assert session["audio"]["output"] == {"format": {"type": "audio/pcmu"}, "voice": "marin", "speed": 1.1}
    assert {name: session[name] for name in session.keys() - {"audio", "tools", "type", "instructions"}} == {
        "output_modalities": ["audio"],
        "max_output_tokens": 2000,
        "tool_choice": {"type": "function", "name": "hang_up"},
        "parallel_tool_calls": False,
        "reasoning": {"effort": "low"},
        "truncation": {
            "type": "retention_ratio",
            "retention_ratio": 0.8,
            "token_limits": {"post_instructions": 8000},
        },
        "prompt": {"id": "pmpt_1", "version": "2", "variables": {"city": "Paris"}},
        "tracing": {"workflow_name": "phone", "metadata": {"k": "v"}},
        "include": ["item.input_audio_transcription.logprobs"],
    }
    left = {field.name for field in dataclasses.fields(SessionSettings)} - {"temperature"}
    assert all(getattr(made, name) is not None for name in left)


def test_the_older_dialect_has_a_temperature(tmp_path: Path) -> None:
    """And its own names for the rest."""
    keys = "{temperature: 0.7, speed: 1.2, max_output_tokens: 9}"
    (one,) = load(write(tmp_path, a=f"numbers: ['1']\nagent: {keys}\n")).plans.values()
    assert one.agent is not None
    made = session_settings(one, one.agent, one.agent, NO_TOOLS)
    provider = dataclasses.replace(COMPATIBLE, dialect=Dialect.BETA_FLAT)
    sent = flat.session_to_flat(plain(session_update(provider, made).session))
    assert (sent["temperature"], sent["speed"], sent["max_response_output_tokens"]) == (0.7, 1.2, 9)


def test_a_function_of_ones_own_is_chosen_by_the_name_that_the_model_knows(tmp_path: Path) -> None:
    """Its module is nothing that a model is told of."""
    called = plan(tmp_path, agent={"tools": ["shop:price"], "tool_choice": "shop:price"})
    assert called.agent
    made = session_settings(called, called.agent, called.agent, NO_TOOLS)
    assert made.tool_choice == {"type": "function", "name": "price"}


def test_tool_servers_of_the_provider_are_named_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With their headers, what is allowed of them, and what the caller is to agree to; ours are not."""
    monkeypatch.setenv("TOKEN", "s3cret")
    far = {"url": "https://crm.example/mcp", "mode": "provider"}
    servers = {
        "crm": {
            **far,
            "headers": {"Authorization": "Bearer ${TOKEN}"},
            "tools": ["find"],
            "approval": ["find"],
        },
        "docs": far,
        "own": {"command": ["x"]},
    }
    one = plan(tmp_path, agent={"mcp": servers})
    assert one.agent
    told = session_settings(one, one.agent, one.agent, NO_TOOLS).tools
    place = {"type": "mcp", "server_url": "https://crm.example/mcp"}
    assert told == (
        {
            **place,
            "server_label": "crm",
            "headers": {"Authorization": "Bearer s3cret"},
            "allowed_tools": ["find"],
            "require_approval": {"always": {"tool_names": ["find"]}},
        },
        {**place, "server_label": "docs", "require_approval": "never"},
    )
