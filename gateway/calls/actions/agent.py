"""The agent action: open a session, join it with the leg until the call is over, apologise if it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
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
    Summarised,
)
from gateway.calls.actions.billing import CostTeller
from gateway.calls.actions.presence import while_there
from gateway.calls.actions.prompter import Prompter
from gateway.calls.policy_of_plan import policy
from gateway.calls.services import Costs, SessionMaker
from gateway.conversation.machine import Conversation
from gateway.conversation.runner import ConversationRunner, Listener, RealtimeSession
from gateway.dialplan import Agent, Plan
from gateway.errors import GatewayError
from gateway.images import data_url
from gateway.records.listener_group import ListenerGroup
from gateway.tasks import within
from gateway.tools.builtin import toolbox

log = structlog.get_logger(__name__)

SUMMARY_WITHIN = 10.0
"""Seconds a finished call waits for its summary."""


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
