"""The agent action: open a session, join it with the leg until the call is over, apologise if it is lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import structlog

from gateway.call import (
    AddImage,
    AddText,
    Announcement,
    Ending,
    Reason,
    Result,
    Summarised,
)
from gateway.calls.actions.billing import CostTeller
from gateway.calls.actions.presence import while_there
from gateway.calls.actions.prompter import Prompter
from gateway.calls.call import Call
from gateway.calls.earlier_calls import remember
from gateway.calls.policy_of_plan import policy
from gateway.calls.services import Services
from gateway.conversation.machine import Conversation
from gateway.conversation.runner import ConversationRunner, RealtimeSession
from gateway.dialplan import Agent, Plan
from gateway.dialplan.model import EarlierCalls
from gateway.dialplan.spoken import spoken_text
from gateway.errors import GatewayError
from gateway.images import data_url
from gateway.tasks import within
from gateway.tools.catalog import ToolCatalog
from gateway.tools.live_call import CallFacts

log = structlog.get_logger(__name__)

SUMMARY_WITHIN = 10.0
"""Seconds a finished call waits for its summary."""


async def run_agent(call: Call, services: Services, plan: Plan, agent: Agent) -> tuple[Ending, bool]:
    """Let the caller talk with the agent; returns how that ended, and whether the caller is owed a word.

    That is so when the agent could not be had or was lost, or a limit of the plan was reached: the leg is
    still up then. Raises LegGone when the caller leaves before a session was asked for.
    """
    zone = ZoneInfo(plan.timezone)
    catalog = call.tools if isinstance(call.tools, ToolCatalog) else ToolCatalog()
    facts = _facts(call, plan, agent)
    tools = catalog.toolbox(agent.tools, facts, lambda: datetime.now(UTC).astimezone(zone))
    rules = replace(
        policy(plan, agent),
        memory=await while_there(call, _memory(call, services, plan, agent)),
        hold=await while_there(call, services.prompts.moment(spoken_text(plan, plan.on_failure.hold))),
        unanswered=await while_there(
            call, services.prompts.unanswered(spoken_text(plan, plan.on_failure.unanswered))
        ),
    )
    clock = asyncio.get_running_loop().time
    conversation = Conversation(rules, call.leg, clock())
    runner = ConversationRunner(call.leg, conversation, tools, (call.notify,), services.clock)
    told = CostTeller(runner.on_fact, lambda: services.costs(session))
    try:
        session = services.make_session(plan, agent, tools, told)
    except GatewayError as error:  # a key or an address that is not there: to the caller the agent is away
        log.error("session.unavailable", error=str(error))
        return Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, error.status), True

    async def sum_up() -> None:
        if agent.summary and (text := await _summary(session, agent.summary)):
            runner.on_fact(Summarised(text))

    with call.conversing(runner):
        ending = await runner.run(session, sum_up)
    call.notify(services.costs(session), clock())  # with what was transcribed or cut off last
    return ending, runner.gave_up


def _facts(call: Call, plan: Plan, agent: Agent) -> CallFacts:
    """Return what the functions of a plan's author are told of a call, and may order."""
    if any(":" in name for name in agent.tools):
        call.keep_transcript()
    return CallFacts(call.info, plan.name, lambda: call.variables, call.plans, call.said, call)


async def say_goodbye(line: Prompter, sound: Announcement, ending: Ending) -> Ending:
    """Tell the caller why the call ends, and end it. Raises LegGone for one who leaves."""
    await line.answer()
    await line.play(sound)
    return await line.hang_up(ending)


async def _memory(call: Call, services: Services, plan: Plan, agent: Agent) -> tuple[AddText | AddImage, ...]:
    """What the model is told of the time before the call. Raises BadInput for an image that is none."""
    memory: list[AddText | AddImage] = []
    for entry in agent.history:
        if isinstance(entry, EarlierCalls):
            if services.reader is not None:
                earlier = await remember(services.reader, call.info, plan, entry)
                memory += [] if earlier is None else [earlier]
        elif entry.image is not None:
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
