"""The agent action: open a session, join it with the leg until the call is over, apologise if it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from gateway.call import (
    AddImage,
    AddText,
    CostUpdated,
    Drain,
    Ending,
    Leg,
    Reason,
    Result,
    SessionFact,
    Summarised,
)
from gateway.calls.actions.billing import CostTeller
from gateway.calls.actions.presence import while_there
from gateway.calls.actions.prompter import Prompter
from gateway.conversation.machine import Conversation
from gateway.conversation.policy import Detector, Policy, TurnMode
from gateway.conversation.runner import ConversationRunner, Listener, RealtimeSession
from gateway.dialplan import Agent, Plan
from gateway.dialplan.model import NoDetection, PushToTalk, SemanticVad, ServerVad
from gateway.errors import GatewayError
from gateway.images import data_url
from gateway.records.listener_group import ListenerGroup
from gateway.tasks import within
from gateway.tools.builtin import toolbox
from gateway.tools.registry import Toolbox

log = structlog.get_logger(__name__)

SUMMARY_WITHIN = 10.0
"""Seconds a finished call waits for its summary."""
OWN_WORDS = "Greet the caller in one short sentence and ask how you can help."
"""What the agent is told when its plan has no greeting text."""


class SessionMaker(Protocol):
    """Makes the session of a call, not yet connected; its facts go to `on_fact`."""

    def __call__(
        self, plan: Plan, agent: Agent, tools: Toolbox, on_fact: Callable[[SessionFact], None]
    ) -> RealtimeSession:
        """Raise BadInput for a provider, key or address that is not there."""


Costs = Callable[[RealtimeSession], Decimal | None]
"""What a session has cost so far in US dollars; None where that is not known."""


async def run_agent(
    leg: Leg,
    plan: Plan,
    agent: Agent,
    make_session: SessionMaker,
    costs: Costs,
    listeners: tuple[Listener, ...],
    on_drain: Callable[[Callable[[], None]], None],
    *,
    hold: bytes = b"",
) -> tuple[Ending, bool]:
    """Let the caller talk with the agent; returns how that ended, and whether the leg is still up.

    It is when the agent could not be had or was lost, or a limit of the plan was reached: then the caller is
    owed a word. `hold` is played while
    a lost session is replaced (PCM16LE 24 kHz). `on_drain` is handed a function that ends the call when the
    process can wait no longer. Raises LineEnded when the caller leaves before a session was asked for.
    """
    zone = ZoneInfo(plan.timezone)
    tools = toolbox(agent.tools, leg.info, lambda: datetime.now(UTC).astimezone(zone))
    now = asyncio.get_running_loop().time()
    memory = await while_there(leg, _memory(agent), ListenerGroup(*listeners))
    rules = replace(policy(plan, agent), memory=memory, hold=hold)
    conversation = Conversation(rules, leg, now)
    bridge = ConversationRunner(leg, conversation, tools, listeners)
    on_drain(lambda: bridge.on_fact(Drain()))
    try:
        session = make_session(plan, agent, tools, CostTeller(bridge.on_fact, lambda: costs(session)))
    except GatewayError as error:  # a key or an address that is not there: to the caller the agent is away
        log.error("session.unavailable", error=str(error))
        return Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, error.status), True

    async def sum_up() -> None:
        if agent.summary and (text := await _summary(session, agent.summary)):
            bridge.on_fact(Summarised(text))

    ending = await bridge.run(session, sum_up)
    for listen in listeners:  # what was transcribed or cut off last is billed as well
        listen(CostUpdated(costs(session)), asyncio.get_running_loop().time())
    return ending, bridge.gave_up


async def say_goodbye(line: Prompter, sound: bytes, ending: Ending) -> Ending:
    """Tell the caller (PCM16LE 24 kHz) why the call ends, and end it. Raises LineEnded for one who leaves."""
    await line.answer()
    await line.play(sound)
    return await line.hang_up(ending)


async def _memory(agent: Agent) -> tuple[AddText | AddImage, ...]:
    """What the model is told of the time before the call. Raises BadInput for an image that is none."""
    memory: list[AddText | AddImage] = []
    for entry in agent.history:
        if entry.image is not None:
            memory.append(AddImage(await data_url(entry.image), entry.text or ""))
        elif entry.text:
            memory.append(AddText(entry.role, entry.text))
    return tuple(memory)


async def _summary(session: RealtimeSession, question: str) -> str:
    """Ask about the call that is over; "" when there is nobody to answer any more."""
    try:
        async with within(SUMMARY_WITHIN):
            return await session.ask("summary", question)
    except (GatewayError, TimeoutError) as error:
        log.warning("call.no_summary", error=str(error) or "too slow")
        return ""


def policy(plan: Plan, agent: Agent) -> Policy:
    """Translate what a plan says about the course of a call."""
    rules = Policy(
        greeting=greeting(plan),
        greeting_interruptible=plan.answer.interruptible,
        answer_at_once=plan.answer.when == "at_once",
        barge_in=plan.barge_in.enabled,
        session_interrupts=session_interrupts(plan, agent),
        ignore_first_ms=plan.barge_in.ignore_first_ms,
        detector=Detector(plan.barge_in.detector),
        max_duration=plan.limits.max_duration.total_seconds(),
        max_silence=plan.limits.max_silence.total_seconds(),
        max_hold=plan.limits.max_hold.total_seconds(),
        max_echoes=plan.limits.max_echoes,
        max_cost=plan.limits.max_cost_usd,
    )
    return _with_turns(rules, agent)


def _with_turns(rules: Policy, agent: Agent) -> Policy:
    match agent.turn_detection:
        case ServerVad(idle_timeout_ms=idle):
            return replace(rules, idle_timeout=_seconds(idle))
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
    return finds_turns(agent) and plan.barge_in.enabled and not plan.barge_in.ignore_first_ms


def greeting(plan: Plan) -> str | None:
    """Instructions for the agent's first words; None lets the caller speak first."""
    if plan.answer.speaks_first == "caller":
        return None
    if plan.answer.greeting is None:
        return OWN_WORDS
    # Quotation marks inside would end the verbatim part early.
    words = plan.answer.greeting.replace('"', "'")
    return f'Greet the caller with exactly these words and nothing else: "{words}"'
