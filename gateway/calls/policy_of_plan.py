"""What a plan means: for the conversation its policy, for the realtime session its settings. Pure.

Both in one place, because they have to agree: who finds the caller's turns, and who may interrupt the agent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from gateway.call import Respond
from gateway.conversation.policy import STILL_THERE, Detector, Policy, TurnMode
from gateway.dialplan import Agent, Plan
from gateway.dialplan.model import (
    ModelRoute,
    NoDetection,
    PushToTalk,
    SemanticVad,
    ServerVad,
    Truncation,
)
from gateway.dialplan.model.section import Section
from gateway.dialplan.model.session_keys import TOOL_CHOICES
from gateway.prepared import prepared
from gateway.realtime.events.session import Transcription, TurnDetection
from gateway.realtime.settings import SessionSettings
from gateway.tools.registry import Toolbox

EMBEDDED_SILENCE_MS = 400
"""The embedded agent's own: it knows what was said when it is over, and waits for who has not finished."""
OWN_WORDS = "Greet the caller in one short sentence and ask how you can help."
"""What the agent is told when its plan has no greeting text."""


FIRST_WORDS = (
    "The person whom you have called has just answered. Greet them, and say in one or two short sentences who"
    " you are and why you call, as your instructions have it."
)
"""The same of an agent that calls somebody."""


@prepared(2)
def policy(plan: Plan, agent: Agent, *, outbound: bool = False) -> Policy:
    """Translate what a plan says about the course of a call; `outbound`: one that we make."""
    rules = Policy(
        greeting=greeting(plan, outbound=outbound),
        outbound=outbound,
        judges=outbound and plan.outbound.judges,
        greeting_interruptible=plan.answer.interruptible,
        answer_at_once=plan.answer.when == "at_once",
        barge_in=plan.barge_in.enabled,
        session_interrupts=session_interrupts(plan, agent),
        ignores_backchannels=ignores_backchannels(plan, agent),
        ignores_far_voices=ignores_backchannels(plan, agent) and plan.barge_in.far_voices == "ignore",
        hears_words=agent.transcription is not None,
        patience=_patience(plan),
        suppresses_echo=plan.barge_in.echo == "suppress",
        noise_below_db=-(plan.comfort_noise or 0),
        ignore_first_ms=plan.barge_in.ignore_first_ms,
        detector=Detector(plan.barge_in.detector),
        max_duration=plan.limits.max_duration.total_seconds(),
        max_silence=plan.limits.max_silence.total_seconds(),
        still_there=_still_there(plan),
        asks_silent_caller=plan.limits.still_there is not None,
        max_hold=plan.limits.max_hold.total_seconds(),
        filler_after=plan.on_tool.filler_after.total_seconds(),
        hold_cuts=plan.on_hold.speech == "cut",
        max_echoes=plan.limits.max_echoes,
        max_cost=plan.limits.max_cost_usd,
    )
    return _with_turns(rules, agent)


def _still_there(plan: Plan) -> Respond:
    words = plan.limits.still_there
    if words is None or "still_there" not in plan.limits.model_fields_set:
        return STILL_THERE
    return Respond(
        "The caller has been silent for a while. Say exactly these words and nothing else: "
        f'"{_unquoted(words)}"'
    )


def _unquoted(words: str) -> str:
    """Quotation marks inside would end the verbatim part early."""
    return words.replace('"', "'")


def _with_turns(rules: Policy, agent: Agent) -> Policy:
    match agent.turn_detection:
        case ServerVad(silence_duration_ms=silence, idle_timeout_ms=idle):
            return replace(rules, silence=_seconds(silence), idle_timeout=_seconds(idle))
        case NoDetection(silence_duration_ms=silence, idle_timeout_ms=idle):
            own = replace(rules, turns=TurnMode.VOICE, idle_timeout=_seconds(idle))
            return replace(own, silence=_seconds(silence))
        case PushToTalk(key=key, silence_duration_ms=pause, idle_timeout_ms=idle):
            own = replace(rules, turns=TurnMode.KEY, talk_key=key, idle_timeout=_seconds(idle))
            return replace(own, silence=_seconds(pause))
        case SemanticVad():
            return rules


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000


def finds_turns(agent: Agent) -> bool:
    """Return whether the session itself finds where the caller's turns begin and end."""
    return isinstance(agent.turn_detection, ServerVad | SemanticVad)


def session_interrupts(plan: Plan, agent: Agent) -> bool:
    """Return whether the server may stop its response by itself when the caller speaks.

    Not where the plan says when an interruption counts: then the conversation decides.
    """
    waits = plan.barge_in.ignore_first_ms or ignores_backchannels(plan, agent)
    return finds_turns(agent) and plan.barge_in.enabled and not waits


def ignores_backchannels(plan: Plan, agent: Agent) -> bool:
    """Return whether a caller who only shows to be listening does not stop the agent."""
    ignores = plan.barge_in.enabled and plan.barge_in.backchannels == "ignore"
    return ignores and agent.transcription is not None


def _patience(plan: Plan) -> float:
    patience = plan.turn_end.patience
    return 0.0 if patience is None else patience.total_seconds()


def greeting(plan: Plan, *, outbound: bool = False) -> str | None:
    """Instructions for the agent's first words; None lets the caller speak first."""
    if plan.answer.speaks_first == "caller" and not (outbound and plan.outbound.judges):
        return None
    if plan.answer.greeting is None:
        return FIRST_WORDS if outbound else OWN_WORDS
    words = _unquoted(plan.answer.greeting)
    return f'Greet the caller with exactly these words and nothing else: "{words}"'


def session_settings(plan: Plan, agent: Agent, stage: ModelRoute, tools: Toolbox) -> SessionSettings:
    """Translate a plan's agent, its variables filled in, for the wire; `stage` names model and voice.

    Calls of one plan have the same settings, not equal ones: see `SessionSettings.memo`.
    """
    settings = _settings(plan, agent, stage)
    functions = (*tools.describe(), *_of_provider(agent))  # each time: a secret may have changed
    if not functions:
        return settings
    before: tuple[tuple[dict[str, Any], ...], SessionSettings] | None = settings.memo.get("functions")
    if before is None or before[0] != functions:
        before = functions, replace(settings, tools=functions)
        settings.memo["functions"] = before
    return before[1]


@prepared(3)
def _settings(plan: Plan, agent: Agent, stage: ModelRoute) -> SessionSettings:
    heard = agent.transcription
    return SessionSettings(
        instructions=agent.instructions,
        model=stage.model,
        voice=stage.voice,
        speed=agent.speed,
        turn_detection=_turn_detection(plan, agent, stage),
        transcription=None if heard is None else Transcription(**_plain(heard)),
        noise_reduction=agent.noise_reduction,
        wire=stage.wire,
        questions=_questions(agent),
        tool_choice=_tool_choice(agent.tool_choice),
        max_output_tokens=agent.max_output_tokens,
        temperature=agent.temperature,
        truncation=_truncation(agent.truncation),
        reasoning=None if agent.reasoning is None else {"effort": agent.reasoning},
        parallel_tool_calls=agent.parallel_tool_calls,
        prompt=None if agent.prompt is None else _plain(agent.prompt),
        tracing=_plain(agent.tracing) if isinstance(agent.tracing, Section) else agent.tracing,
        safety_identifier=_hash(agent.safety_identifier),
        extras=stage.extras,
    )


def _of_provider(agent: Agent) -> Iterator[dict[str, Any]]:
    """Yield the tool servers whose functions the provider itself calls. Raises BadInput."""
    for label, one in agent.mcp.items():
        if one.mode == "provider" and one.url is not None:
            told: dict[str, Any] = {"type": "mcp", "server_label": label, "server_url": one.url.reveal()}
            if one.headers:
                told["headers"] = {name: value.reveal() for name, value in one.headers.items()}
            if one.tools:
                told["allowed_tools"] = list(one.tools)
            asked = (
                one.approval if isinstance(one.approval, str) else {"always": {"tool_names": [*one.approval]}}
            )
            yield {**told, "require_approval": asked}


def _questions(agent: Agent) -> dict[tuple[str, str], str]:
    return {
        (label, tool): words
        for label, server in agent.mcp.items()
        if isinstance(server.approval, Mapping)
        for tool, words in server.approval.items()
    }


def _plain(section: Section) -> dict[str, Any]:
    """Return what was said, as JSON has it."""
    said = section.model_dump(mode="json", exclude_none=True)
    return {key: value for key, value in said.items() if value != {}}


def _tool_choice(choice: str | None) -> str | dict[str, str] | None:
    if choice is None or choice in TOOL_CHOICES:
        return choice
    return {"type": "function", "name": choice.rpartition(":")[2]}  # as the model knows it


def _truncation(wanted: str | Truncation | None) -> str | dict[str, Any] | None:
    if not isinstance(wanted, Truncation):
        return wanted
    limit = wanted.post_instructions_tokens
    limits = {} if limit is None else {"token_limits": {"post_instructions": limit}}
    return {"type": "retention_ratio", "retention_ratio": wanted.retention_ratio, **limits}


def _hash(text: str | None) -> str | None:
    """Who calls is nobody's business: the provider has to tell callers apart, not to know them."""
    return sha256(text.encode()).hexdigest() if text else None


def _turn_detection(plan: Plan, agent: Agent, stage: ModelRoute) -> TurnDetection | None:
    if not finds_turns(agent):
        return None
    found = agent.turn_detection
    keys = found.model_dump(exclude_none=True)
    embedded = stage.provider == "local" and stage.url is None
    if isinstance(found, ServerVad) and "silence_duration_ms" not in found.model_fields_set and embedded:
        keys["silence_duration_ms"] = EMBEDDED_SILENCE_MS
    return TurnDetection(
        **keys,
        create_response=True,
        interrupt_response=session_interrupts(plan, agent),
    )
