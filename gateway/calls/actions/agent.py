"""The agent action: open a session, join it with the leg until the call is over, apologise if it is lost."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from zoneinfo import ZoneInfo

import structlog

from gateway import wall_clock
from gateway.call import (
    AddImage,
    AddText,
    Announcement,
    Ending,
    Reason,
    Result,
    Summarised,
)
from gateway.calls.actions import opening
from gateway.calls.actions.billing import CostTeller
from gateway.calls.actions.presence import while_there
from gateway.calls.actions.prompter import Prompter
from gateway.calls.call import Call
from gateway.calls.earlier_calls import remember
from gateway.calls.policy_of_plan import policy
from gateway.calls.services import Services
from gateway.conversation.machine import Conversation
from gateway.conversation.policy import Policy
from gateway.conversation.runner import ConversationRunner, RealtimeSession
from gateway.dialplan import Agent, Plan
from gateway.dialplan.model import EarlierCalls
from gateway.dialplan.spoken import spoken_text
from gateway.errors import GatewayError
from gateway.images import data_url
from gateway.tasks import within
from gateway.tools.catalog import ToolCatalog
from gateway.tools.live_call import CallFacts
from gateway.tools.registry import Toolbox

log = structlog.get_logger(__name__)

SUMMARY_WITHIN = 10.0
"""Seconds a finished call waits for its summary."""


async def run_agent(call: Call, services: Services, plan: Plan, agent: Agent) -> tuple[Ending, bool]:
    """Let the caller talk with the agent; returns how that ended, and whether the caller is owed a word.

    That is so when the agent could not be had or was lost, or a limit of the plan was reached: the leg is
    still up then. Raises LegGone when the caller leaves before a session was asked for.
    """
    if call.recording is not None and call.recording.possible:
        agent = opening.with_spoken_consent(plan, agent)
    catalog = call.tools if isinstance(call.tools, ToolCatalog) else ToolCatalog()
    async with AsyncExitStack() as stack:
        opened = catalog.opened(_facts(call, plan, agent))
        tools = await while_there(call, stack.enter_async_context(opened))
        return await _converse(call, services, plan, agent, tools)


async def _converse(
    call: Call, services: Services, plan: Plan, agent: Agent, tools: Toolbox
) -> tuple[Ending, bool]:
    rules = await _rules(call, services, plan, agent)
    clock = asyncio.get_running_loop().time
    conversation = Conversation(rules, call.leg, clock())
    runner = ConversationRunner(call.leg, conversation, tools, call.notify, services.clock)
    before = call.summary.spent  # with agents of other plans
    told = CostTeller(runner.on_fact, lambda: before + services.costs(session))
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
    call.notify(before + services.costs(session), clock())  # with what was transcribed or cut off last
    return ending, runner.gave_up


async def _rules(call: Call, services: Services, plan: Plan, agent: Agent) -> Policy:
    """Return the plan's rules, with what is to be played in waits."""
    prompts, failure = services.prompts, plan.on_failure

    async def prepare() -> Policy:
        return replace(
            policy(plan, agent, outbound=call.info.outbound and call.rings),
            memory=await _memory(call, services, plan, agent),
            hold=await prompts.moment(spoken_text(plan, failure.hold)),
            filler=await _filler(services, plan),
            unanswered=await prompts.unanswered(spoken_text(plan, failure.unanswered)),
        )

    return await while_there(call, prepare())


async def _filler(services: Services, plan: Plan) -> Announcement:
    """Return what is played while a function takes its time."""
    if plan.on_tool.play is not None:
        return await services.prompts.sound(None, plan.on_tool.play)
    return await services.prompts.moment(spoken_text(plan, plan.on_tool.say))


def _facts(call: Call, plan: Plan, agent: Agent) -> CallFacts:
    """Return what the functions of a plan's author are told of a call, and may order."""
    if any(":" in name for name in agent.tools):
        call.keep_transcript()
    zone = ZoneInfo(plan.timezone)
    return CallFacts(
        call.info,
        plan.name,
        lambda: call.variables,
        () if call.resolved is None else call.resolved.dialplan.plans,
        call.said,
        call,
        lambda: wall_clock.now().astimezone(zone),
        lambda: {} if call.resolved is None else call.resolved.values(wall_clock.now(), call.variables),
        agent,
        attendant=call.attendant,
        plan_targets=plan.targets,
        recording=call.recording,
        answering=call.answering,
    )


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
