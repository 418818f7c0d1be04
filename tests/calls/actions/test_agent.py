"""The agent action: what a plan means for a conversation, and how a talk ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.call import (
    AddImage,
    AddText,
    Announcement,
    Answer,
    CostUpdated,
    Detect,
    Duck,
    Ending,
    Fact,
    HangUp,
    LegEnded,
    LegOrder,
    Order,
    Pause,
    Reason,
    ResponseEnded,
    ResponseStarted,
    Result,
    SessionFact,
    SessionLost,
    SessionReady,
    SubmitToolResult,
    Summarised,
    SuppressEcho,
    ToolCalled,
)
from gateway.calls.actions.agent import (
    run_agent,
    say_goodbye,
)
from gateway.calls.actions.prompter import LegGone, Prompter
from gateway.calls.call import Call
from gateway.dialplan import Agent, Plan
from gateway.errors import BadInput
from gateway.tools.registry import Toolbox
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.conversation.scripted_session import ScriptedSession
from tests.equipment import patience
from tests.equipment.plans import plan
from tests.equipment.services import FakeServices

GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
LOST = Ending(Result.FAILED, Reason.SESSION_LOST)


class Talk:
    """A talk under way: the caller is a scripted leg, the model a scripted session."""

    def __init__(self, called: Plan, *at_once: SessionFact, answered: float | None = None) -> None:
        self.leg = ScriptedLeg(answered=answered)
        self.call = Call(self.leg, lambda event, _now: self.events.append(event))
        self.session = ScriptedSession(at_once=at_once or (SessionReady(),))
        self.events: list[Fact | Order] = []
        self.cost: Decimal | None = None
        self._plan = called

    def _make(self, _plan: Plan, _agent: Agent, tools: Toolbox, on_fact: Callable) -> ScriptedSession:
        self.tools = [tool["name"] for tool in tools.describe()]
        self.session.on_fact = on_fact
        return self.session

    async def run(self, meanwhile: Callable[[], None] = lambda: None) -> tuple[Ending, bool]:
        """Hold it; `meanwhile` happens once the session runs."""
        async with patience.within(5), asyncio.TaskGroup() as tasks:
            said = self._plan.agent
            assert said
            desk = FakeServices()
            async with desk.services() as services:
                shared = replace(
                    services, make_session=self._make, costs=lambda _session: CostUpdated(self.cost)
                )
                talking = tasks.create_task(run_agent(self.call, shared, self._plan, said))
                await self.session.running.wait()
                meanwhile()
                return await talking


# --- a talk ----------------------------------------------------------------------------------------------


def besides(orders: list[LegOrder]) -> list[LegOrder]:
    """Return what the leg was told, but for how it is to hear and to wait."""
    return [order for order in orders if not isinstance(order, SuppressEcho | Pause | Duck)]


async def test_a_talk_ends_with_the_caller(tmp_path: Path) -> None:
    """The ending is the leg's, and nobody is owed anything."""
    talk = Talk(plan(tmp_path, answer={"speaks_first": "caller"}))
    assert await talk.run(lambda: talk.leg.happen(LegEnded(GONE))) == (GONE, False)
    assert besides(talk.leg.orders) == [Answer()]
    assert talk.session.closed


async def test_the_leg_listens_for_voices_while_they_matter(tmp_path: Path) -> None:
    """From the beginning of the talk to its end; an apology after it is neither cut nor lowered."""
    called = plan(tmp_path, answer={"speaks_first": "caller"}, barge_in={"detector": "local"})
    talk = Talk(called)
    await talk.run(lambda: talk.session.happen(SessionLost("gone", "without a word")))
    heeded = [order for order in talk.leg.orders if isinstance(order, Detect | Duck)]
    assert heeded == [Detect(on=True), Detect(on=False), Duck(1.0)]


async def test_a_lost_session_leaves_the_leg_up(tmp_path: Path) -> None:
    """The caller is owed an apology; nobody has hung up."""
    talk = Talk(plan(tmp_path, answer={"speaks_first": "caller"}))
    lost = SessionLost("gone", "without a word")
    assert await talk.run(lambda: talk.session.happen(lost)) == (LOST, True)
    assert talk.leg.ending is None


async def test_a_session_that_never_came_leaves_the_leg_ringing(tmp_path: Path) -> None:
    """Nothing was answered: a proxy may try elsewhere."""
    talk = Talk(plan(tmp_path), SessionLost("connect_failed", "nobody there"))
    unavailable = Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503)
    assert await talk.run() == (unavailable, True)
    assert besides(talk.leg.orders) == []


async def test_a_call_that_was_answered_is_not_answered_again(tmp_path: Path) -> None:
    """After a menu the agent speaks at once."""
    talk = Talk(plan(tmp_path, answer={"speaks_first": "caller"}), answered=0.0)
    await talk.run(lambda: talk.leg.happen(LegEnded(GONE)))
    assert besides(talk.leg.orders) == []


async def test_the_time_before_the_agent_counts(tmp_path: Path) -> None:
    """A menu that took as long as a call may last leaves the agent no time."""
    before = asyncio.get_running_loop().time() - 60
    limited = {"answer": {"speaks_first": "caller"}, "limits": {"max_duration": "60s"}}
    talk = Talk(plan(tmp_path, **limited), answered=before)
    assert await talk.run() == (Ending(Result.COMPLETED, Reason.MAX_DURATION), True)


async def test_an_agent_has_the_tools_of_its_plan(tmp_path: Path) -> None:
    """They are described to the session, and one that is called knows the call and the plan's clock."""
    named = {"tools": ["caller_number", "current_time"]}
    talk = Talk(plan(tmp_path, agent=named, timezone="Asia/Tokyo", answer={"speaks_first": "caller"}))

    def ask() -> None:
        talk.session.happen(ToolCalled("r", "1", "caller_number", "{}"))
        talk.session.happen(ToolCalled("r", "2", "current_time", "{}"))

    def results() -> list[str]:
        return [order.output for order in talk.session.orders if isinstance(order, SubmitToolResult)]

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(talk.run(ask))
        await talk.session.until(lambda: len(results()) == 2)
        talk.leg.happen(LegEnded(GONE))
    assert talk.tools == ["caller_number", "current_time"]
    number, time = results()
    assert number == "+15551230001"
    assert f"{datetime.now(UTC):%Y}" in time
    assert "JST" in time


async def test_whoever_stops_the_process_can_end_a_talk(tmp_path: Path) -> None:
    """The function that is handed out hangs up, with the reason."""
    talk = Talk(plan(tmp_path, answer={"speaks_first": "caller"}))
    shutdown = Ending(Result.COMPLETED, Reason.SHUTDOWN)
    assert await talk.run(lambda: talk.call.end(shutdown, "shutdown")) == (shutdown, False)
    assert talk.leg.ending == shutdown


async def test_listeners_hear_the_talk(tmp_path: Path) -> None:
    """Records see facts and orders alike."""
    talk = Talk(plan(tmp_path, answer={"speaks_first": "caller"}))
    await talk.run(lambda: talk.leg.happen(LegEnded(GONE)))
    assert {SessionReady(), Answer(), LegEnded(GONE)} <= set(talk.events)


async def test_a_provider_that_is_not_there_is_an_agent_that_cannot_be_had(tmp_path: Path) -> None:
    """A missing key is said in the log; the caller is owed an apology as for any other failure."""
    called = plan(tmp_path)
    assert called.agent

    leg, desk = ScriptedLeg(), FakeServices()
    desk.refuses = BadInput("environment", "OPENAI_API_KEY", None, "set it")
    with capture_logs() as logs:
        async with desk.services() as services:
            ending, needs_apology = await run_agent(Call(leg), services, called, called.agent)
    assert (ending, needs_apology) == (Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503), True)
    assert leg.orders == []
    assert "OPENAI_API_KEY" in logs[0]["error"]


# --- an apology ------------------------------------------------------------------------------------------


async def test_an_apology_is_answered_played_and_ended() -> None:
    """A caller who was still ringing hears it too; the ending stays what went wrong."""
    leg = ScriptedLeg()
    with Prompter(Call(leg)) as line:
        assert await say_goodbye(line, Announcement(b"so"), LOST) == LOST
    assert leg.orders[0] == Answer()
    assert leg.played == [b"so"]
    assert leg.orders[-1] == HangUp(LOST)


async def test_a_caller_need_not_wait_for_an_apology() -> None:
    """Hanging up in the middle of it ends the call as usual."""
    leg = ScriptedLeg(on_play=[[LegEnded(GONE)]])
    with Prompter(Call(leg)) as line, pytest.raises(LegGone):
        await say_goodbye(line, Announcement(b"so"), LOST)
    assert leg.ending is None


# --- a limit ---------------------------------------------------------------------------------------------


async def test_a_talk_that_costs_too_much_is_given_up(tmp_path: Path) -> None:
    """The caller is owed a word about it; the last figure reaches the records."""
    talk = Talk(
        plan(tmp_path, limits={"max_cost_usd": 0.5}, answer={"speaks_first": "caller"}), SessionReady()
    )

    def bill() -> None:
        talk.cost = Decimal("0.6")
        talk.session.on_fact(ResponseStarted("r"))
        talk.session.on_fact(ResponseEnded("r", "completed"))

    assert await talk.run(bill) == (Ending(Result.COMPLETED, Reason.MAX_COST), True)
    assert talk.events[-1] == CostUpdated(Decimal("0.6"))


async def test_the_cost_is_that_of_the_whole_call(tmp_path: Path) -> None:
    """With an agent of another plan before: what it has cost counts on, in the records and for the limit."""
    talk = Talk(
        plan(tmp_path, limits={"max_cost_usd": 0.5}, answer={"speaks_first": "caller"}), SessionReady()
    )
    talk.call.summary.spent = CostUpdated(Decimal("0.4"), tokens_in=100, tokens_out=10)

    def bill() -> None:
        talk.cost = Decimal("0.2")
        talk.session.on_fact(ResponseStarted("r"))
        talk.session.on_fact(ResponseEnded("r", "completed"))

    assert await talk.run(bill) == (Ending(Result.COMPLETED, Reason.MAX_COST), True)
    assert talk.events[-1] == talk.call.summary.spent == CostUpdated(Decimal("0.6"), True, 100, 10)


# --- before and after ------------------------------------------------------------------------------------


async def test_a_history_with_an_image_is_handed_over(tmp_path: Path) -> None:
    """Texts by role, the image as a data URL, before anything else."""
    (tmp_path / "meter.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    history = [{"role": "assistant", "text": "We spoke."}, {"image": "meter.png", "text": "My meter."}]
    talk = Talk(plan(tmp_path, agent={"history": history}, answer={"speaks_first": "caller"}))
    await talk.run(lambda: talk.leg.happen(LegEnded(GONE)))
    first, second = talk.session.orders[:2]
    assert first == AddText("assistant", "We spoke.")
    assert isinstance(second, AddImage)
    assert (second.text, second.url[:22]) == ("My meter.", "data:image/png;base64,")


async def test_a_finished_call_is_summed_up(tmp_path: Path) -> None:
    """Asked out of band when the caller is gone, for the records."""
    talk = Talk(plan(tmp_path, agent={"summary": "Sum up."}, answer={"speaks_first": "caller"}))
    await talk.run(lambda: talk.leg.happen(LegEnded(GONE)))
    assert Summarised("summary: Sum up.") in talk.events
