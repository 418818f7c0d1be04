"""The agent action: ring, open a session, join both until the call is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gateway.bridge.bridge import Bridge, Listener, Session
from gateway.bridge.conversation import Conversation, Policy
from gateway.call import CallInfo, Drain, Ending, Leg, SessionFact
from gateway.dialplan import Agent, Plan
from gateway.tools.builtin import toolbox
from gateway.tools.registry import Toolbox

SessionMaker = Callable[[Plan, Agent, CallInfo, Toolbox, Callable[[SessionFact], None]], Session]
"""Makes the session of a call, not yet connected; its facts go to the given function."""

OWN_WORDS = "Greet the caller in one short sentence and ask how you can help."
"""What the agent is told when its plan has no greeting text."""


async def talk(
    leg: Leg,
    plan: Plan,
    agent: Agent,
    make_session: SessionMaker,
    listeners: tuple[Listener, ...],
    started: Callable[[Callable[[], None]], None],
) -> Ending:
    """Let the caller talk with the plan's agent; returns how the call ended.

    `started` is handed a function that ends the call when the process can wait no longer.
    """
    zone = ZoneInfo(plan.timezone)
    tools = toolbox(agent.tools, leg.info, lambda: datetime.now(UTC).astimezone(zone))
    conversation = Conversation(policy(plan, agent), asyncio.get_running_loop().time())
    bridge = Bridge(leg, conversation, tools, listeners)
    started(lambda: bridge.happened(Drain()))
    return await bridge.run(make_session(plan, agent, leg.info, tools, bridge.happened))


def policy(plan: Plan, agent: Agent) -> Policy:
    """Translate what a plan says about the course of a call."""
    return Policy(
        greeting=greeting(plan),
        greeting_interruptible=plan.answer.interruptible,
        answer_at_once=plan.answer.when == "at_once",
        barge_in=plan.barge_in.enabled,
        session_interrupts=session_interrupts(plan, agent),
        ignore_first_ms=plan.barge_in.ignore_first_ms,
        max_duration=plan.limits.max_duration.total_seconds(),
        max_silence=plan.limits.max_silence.total_seconds(),
    )


def session_interrupts(plan: Plan, agent: Agent) -> bool:
    """Say whether the server may stop its response by itself when the caller speaks.

    Not where the plan says when an interruption counts: then the conversation decides.
    """
    detects = agent.turn_detection.type != "none"
    return detects and plan.barge_in.enabled and not plan.barge_in.ignore_first_ms


def greeting(plan: Plan) -> str | None:
    """Instructions for the agent's first words; None lets the caller speak first."""
    if plan.answer.speaks_first == "caller":
        return None
    if plan.answer.greeting is None:
        return OWN_WORDS
    # Quotation marks inside would end the verbatim part early.
    words = plan.answer.greeting.replace('"', "'")
    return f'Greet the caller with exactly these words and nothing else: "{words}"'
