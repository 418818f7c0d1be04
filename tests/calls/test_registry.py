"""The calls of a process: let in or refused, each on its own, drained, one line at the end of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from gateway.call import (
    LONGEST_SHOWN,
    CallInfo,
    CostUpdated,
    Digit,
    Ending,
    Fact,
    HangUp,
    LegEnded,
    Order,
    Party,
    Reason,
    Result,
    Ring,
    SessionReady,
)
from gateway.calls import registry as module
from gateway.calls.admission import BUSY
from gateway.calls.registry import NO_PLAN, UNCLEAR, CallRegistry
from gateway.conversation.runner import BROKEN, Listener
from gateway.dialplan import Dialplan
from gateway.errors import BadInput
from gateway.records.summary import Summary
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.calls.test_admission import Shared
from tests.calls.test_flow import answering
from tests.equipment import patience
from tests.equipment.plans import dialplan
from tests.equipment.services import FakeServices

Line = MutableMapping[str, Any]

GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
SHUTDOWN = Ending(Result.COMPLETED, Reason.SHUTDOWN)
AGENT = {"numbers": ["100"], "agent": {"voice": "heart"}, "answer": {"speaks_first": "caller"}}


class House:
    """A worker with its surroundings, and every log line since it was opened."""

    def __init__(
        self, worker: CallRegistry, desk: FakeServices, plans: list[Dialplan], lines: list[Line]
    ) -> None:
        self.worker = worker
        self.desk = desk
        self.plans = plans
        """The last one is in force."""
        self.lines = lines

    def call(self, call_id: str = "c1", called: str = "100") -> ScriptedLeg:
        """Let somebody call."""
        leg = ScriptedLeg(call_id=call_id, called=called)
        self.worker.take(leg)
        return leg

    async def talking(self, call_id: str = "c1", called: str = "100") -> ScriptedLeg:
        """Let somebody call, and wait until they talk with the agent."""
        before = len(self.desk.sessions)
        leg = self.call(call_id, called)
        await self.desk.session(before + 1)
        return leg

    async def over(self) -> None:
        """Wait until there is no call any more."""
        async with patience.within(5):
            await self.worker._empty.wait()

    def ends(self) -> list[Line]:
        """The canonical lines so far."""
        return [line for line in self.lines if line["event"] == "call.ended"]


@asynccontextmanager
async def house(
    folder: Path,
    *,
    max_calls: int = 10,
    observers: tuple[module.ListenerFactory, ...] = (),
    shared: Shared | None = None,
    seconds: float = 10,
    **plans: dict[str, Any],
) -> AsyncIterator[House]:
    """Open a worker; what is left in it is hung up at the end."""
    desk = FakeServices()
    in_force = [dialplan(folder, **(plans or {"agent": AGENT}))]
    with capture_logs(processors=[merge_contextvars]) as lines:
        async with (
            patience.within(seconds),
            desk.services() as services,
            CallRegistry(lambda: in_force[-1], services, max_calls, observers, shared=shared) as worker,
        ):
            yield House(worker, desk, in_force, lines)
            worker.hang_up_all()


# --- one call --------------------------------------------------------------------------------------------


async def test_a_call_ends_with_one_line(tmp_path: Path) -> None:
    """Who called whom, by which plan, how it ended, and the figures; the same id as all its other lines."""
    async with house(tmp_path) as opened:
        leg = await opened.talking()
        opened.desk.spent = CostUpdated(None, tokens_in=3, tokens_out=7)
        leg.happen(LegEnded(GONE))
        await opened.over()
        (line,) = opened.ends()
    assert {key: line[key] for key in ("call", "sip_call_id", "caller", "called", "plan")} == {
        "call": "c1",
        "sip_call_id": "c1@y",
        "caller": "+15551230001",
        "called": "100",
        "plan": "agent",
    }
    assert (line["result"], line["reason"], line["status"]) == ("completed", "caller_hung_up", 200)
    assert (line["tokens_in"], line["tokens_out"]) == (3, 7)
    assert line["answer_ms"] is not None
    assert {one["call"] for one in opened.lines} == {"c1"}


async def test_calls_do_not_mix_their_lines(tmp_path: Path) -> None:
    """Two calls at once: what happens in one is logged under its own id."""
    async with house(tmp_path) as opened:
        first, second = await opened.talking("c1"), await opened.talking("c2")
        second.happen(LegEnded(GONE))
        first.happen(LegEnded(GONE))
        await opened.over()
        assert [line["call"] for line in opened.lines if line["event"] == "call.started"] == ["c1", "c2"]
        assert [line["call"] for line in opened.ends()] == ["c2", "c1"]


class Breaking:
    """An observer that breaks: at once, or as a listener at everything it hears."""

    def __init__(self, *, at_once: bool) -> None:
        self.at_once = at_once

    def __call__(self, _info: CallInfo) -> Listener:
        if self.at_once:
            raise OSError("no space left on device")
        return self.hear

    def hear(self, _event: Fact | Order, _now: float) -> None:
        raise UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed")


@pytest.mark.parametrize("at_once", [True, False])
async def test_no_observer_can_end_a_call(tmp_path: Path, at_once: bool) -> None:
    """One that cannot begin or that fails at everything costs its own notes, and nothing else."""
    heard: list[Fact | Order] = []
    sound: module.ListenerFactory = lambda _info: lambda event, _now: heard.append(event)  # noqa: E731
    async with house(tmp_path, observers=(Breaking(at_once=at_once), sound)) as opened:
        leg = await opened.talking()
        leg.happen(LegEnded(GONE))
        await opened.over()
        assert opened.ends()[0]["reason"] == "caller_hung_up"
    assert LegEnded(GONE) in heard


async def test_nothing_that_breaks_at_a_calls_end_takes_the_others_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is written as well as it can be, the call is counted out, and other calls go on."""

    def broken(_summary: Summary, _ending: Ending, _now: float) -> dict[str, Any]:
        raise ValueError("no figures")

    async with house(tmp_path) as opened:
        other, leg = await opened.talking("c1"), await opened.talking("c2")
        with monkeypatch.context() as broken_for_now:
            broken_for_now.setattr(Summary, "line", broken)
            leg.happen(LegEnded(GONE))
            async with patience.within(5):
                while opened.worker.capacity.calls > 1:  # noqa: ASYNC110 - a count sets no event
                    await asyncio.sleep(0.01)
        other.happen(LegEnded(GONE))
        await opened.over()
        assert [(line["call"], line["reason"]) for line in opened.ends()] == [
            ("c2", "caller_hung_up"),
            ("c1", "caller_hung_up"),
        ]


async def test_a_caller_who_hangs_up_in_a_prompt(tmp_path: Path) -> None:
    """The line says so, like for any other call."""
    closed = {"numbers": ["100"], "announce": {"say": "We are closed."}}
    async with house(tmp_path, closed=closed) as opened:
        opened.worker.take(ScriptedLeg([[LegEnded(GONE)]]))
        await opened.over()
        assert opened.ends()[0]["reason"] == "caller_hung_up"


async def test_an_announcement_is_an_answered_call(tmp_path: Path) -> None:
    """When it was answered and for how long it was up is told like for a talk."""
    closed = {"numbers": ["100"], "announce": {"say": "We are closed."}}
    async with house(tmp_path, closed=closed) as opened:
        opened.call()
        await opened.over()
        (line,) = opened.ends()
    assert (line["result"], line["reason"], line["status"]) == ("completed", "plan_finished", 200)
    assert line["answer_ms"] is not None
    assert line["talk_seconds"] is not None


async def test_a_call_that_a_key_moved_on(tmp_path: Path) -> None:
    """The line has the plan it came to and the one in which it ended; the move is a line of its own."""
    menu = {"prompt": {"say": "Press."}, "options": {"1": "agent"}, "timeout": "1s", "retries": 0}
    async with house(
        tmp_path, menu={"numbers": ["100"], "menu": menu}, agent=AGENT | {"numbers": []}
    ) as opened:
        leg = ScriptedLeg([[Digit("1")]])
        opened.worker.take(leg)
        await opened.desk.session()
        leg.happen(LegEnded(GONE))
        await opened.over()
        (line,) = opened.ends()
    assert (line["plan"], line["last_plan"], line["digits"]) == ("menu", "agent", 1)
    assert line["answer_ms"] is not None
    assert [one["plan"] for one in opened.lines if one["event"] == "call.onward"] == ["agent"]


async def test_a_call_is_out_of_its_plan_when_it_is_over(tmp_path: Path) -> None:
    """However it ended."""
    async with house(tmp_path) as opened:
        (await opened.talking()).happen(LegEnded(GONE))
        await opened.over()
        opened.desk.refuses = ZeroDivisionError("bug")
        opened.call("c2")
        await opened.over()
        assert not opened.worker._counts.by_plan


async def test_observers_hear_every_call_that_was_let_in(tmp_path: Path) -> None:
    """Each is asked once a call, and hears that call's facts."""
    heard: dict[str, list[Fact | Order]] = {}

    def observe(info: CallInfo) -> Listener:
        heard[info.id] = []
        return lambda event, _now: heard[info.id].append(event)

    async with house(tmp_path, observers=(observe,)) as opened:
        (await opened.talking("c1")).happen(LegEnded(GONE))
        await opened.over()
        opened.call("c2", called="999")
        await opened.over()
    assert list(heard) == ["c1"]
    assert SessionReady() in heard["c1"]


# --- refusals --------------------------------------------------------------------------------------------


async def test_who_cannot_be_told_from_others_is_not_let_in(tmp_path: Path) -> None:
    """400, before any plan is asked, and a line all the same."""
    async with house(tmp_path) as opened:
        leg = ScriptedLeg()
        leg.info = replace(leg.info, caller=Party("x" * 5000), unclear="From")
        opened.worker.take(leg)
        assert leg.orders == [HangUp(UNCLEAR)]
        (line,) = opened.ends()
        assert (line["reason"], line["status"], len(line["caller"])) == ("unclear", 400, LONGEST_SHOWN)
    assert opened.desk.asked == []


async def test_a_number_without_a_plan(tmp_path: Path) -> None:
    """404, and a line all the same."""
    async with house(tmp_path) as opened:
        leg = opened.call(called="999")
        await opened.over()
        assert leg.orders == [HangUp(NO_PLAN)]
        assert (opened.ends()[0]["status"], opened.ends()[0]["plan"]) == (404, None)


@pytest.mark.parametrize("status", [404, 603, 486])
async def test_refused_all_the_time(tmp_path: Path, status: int) -> None:
    """Whoever goes on calling what is refused has ten calls in the log; calls let in have all their lines."""
    plans = {
        "agent": AGENT,
        "no": {"numbers": ["603"], "reject": {"status": 603}},
        "busy": AGENT | {"numbers": ["486"], "limits": {"max_calls": 1}},
    }
    async with house(tmp_path, max_calls=100, **plans) as opened:
        talking = [await opened.talking("c1", "100"), await opened.talking("c2", "486")]
        for call in range(60):
            opened.call(f"r{call}", called=str(status))
        for leg in talking:
            leg.happen(LegEnded(GONE))
        await opened.over()
        logged = {"c1", "c2"} | {f"r{call}" for call in range(10)}
        assert {line["call"] for line in opened.ends()} == logged
        assert {line["call"] for line in opened.lines if line["event"] == "call.started"} == logged


async def test_a_full_process(tmp_path: Path) -> None:
    """One call too many is 503, is logged, and leaves the others alone; then there is room again."""
    async with house(tmp_path, max_calls=1) as opened:
        first = await opened.talking("c1")
        second = opened.call("c2")
        assert second.ending == Ending(Result.REJECTED, Reason.OVERLOADED, 503)
        assert (opened.ends()[0]["call"], first.ending) == ("c2", None)
        first.happen(LegEnded(GONE))
        await opened.over()
        assert (await opened.talking("c3")).ending is None


async def test_a_full_plan(tmp_path: Path) -> None:
    """486 for one more, whatever else the process has room for."""
    async with house(tmp_path, agent=AGENT | {"limits": {"max_calls": 1}}) as opened:
        first, second = await opened.talking("c1"), opened.call("c2")
        await second.until(lambda: second.ending)
        assert second.ending == Ending(Result.REJECTED, Reason.BUSY, 486)
        first.happen(LegEnded(GONE))
        await opened.over()
        assert (await opened.talking("c3")).ending is None


async def test_a_call_keeps_the_plan_it_began_with(tmp_path: Path) -> None:
    """New plans are for new calls."""
    (tmp_path / "new").mkdir()
    menu = {"prompt": {"say": "Press."}, "options": {"1": "agent"}, "timeout": "1s", "retries": 0}
    async with house(tmp_path, menu={"numbers": ["100"], "menu": menu}, agent=AGENT | {"numbers": []}) as old:
        leg = old.call()
        await leg.until(lambda: leg.played)
        old.plans.append(dialplan(tmp_path / "new", no={"numbers": ["100"], "reject": {}}))
        assert old.call("c2").orders == []
        leg.happen(Digit("1"))
        await old.desk.session()
        refused = [line for line in old.ends() if line["call"] == "c2"]
        assert [line["reason"] for line in refused] == ["rejected_by_plan"]


# --- mistakes --------------------------------------------------------------------------------------------


async def test_a_missing_key_refuses_the_call(tmp_path: Path) -> None:
    """What a person can mend is said in the log; the caller gets 503."""
    async with house(tmp_path) as opened:
        opened.desk.refuses = BadInput("environment", "OPENAI_API_KEY", None, "set it")
        leg = opened.call()
        await opened.over()
        assert leg.ending == Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503)
        assert any("OPENAI_API_KEY" in str(line.get("error")) for line in opened.lines)


async def test_a_bug_in_one_call_stays_in_it(tmp_path: Path) -> None:
    """It gets a 500 and a traceback; the call beside it and the next one notice nothing."""
    async with house(tmp_path, agent=AGENT | {"limits": {"max_calls": 2}}) as opened:
        well = await opened.talking("c1")
        opened.desk.refuses = ZeroDivisionError("bug")
        sick = opened.call("c2")
        await sick.until(lambda: sick.ending)
        assert sick.ending == BROKEN
        opened.desk.refuses = None
        assert (await opened.talking("c3")).ending is None
        assert well.ending is None
    assert [line["call"] for line in opened.lines if line["event"] == "call.broke"] == ["c2"]


# --- draining --------------------------------------------------------------------------------------------


async def test_calls_may_end_in_peace(tmp_path: Path) -> None:
    """While it drains nobody new comes in; it is over when the last one has left."""
    async with house(tmp_path) as opened:
        leg = await opened.talking()
        async with asyncio.TaskGroup() as tasks:
            draining = tasks.create_task(opened.worker.drain(5))
            await asyncio.sleep(0)  # it takes its first step
            late = opened.call("c2")
            assert late.ending == Ending(Result.REJECTED, Reason.DRAINING, 503)
            assert not draining.done()
            leg.happen(LegEnded(GONE))
        assert draining.result() == 0
        assert leg.ending is None


async def test_an_empty_process_drains_at_once(tmp_path: Path) -> None:
    """There is nobody to wait for."""
    async with house(tmp_path) as opened:
        assert await opened.worker.drain(60) == 0


async def test_the_grace_has_an_end(tmp_path: Path) -> None:
    """Who still talks then is hung up, whatever the call is doing, and counted."""
    closed = {"numbers": ["200"], "announce": {"say": "We are closed."}}
    async with house(tmp_path, agent=AGENT, closed=closed) as opened:
        talking = await opened.talking("c1")
        listening = ScriptedLeg([[]], call_id="c2", called="200")  # never hears the end of it
        opened.worker.take(listening)
        await listening.until(lambda: listening.played)
        assert await opened.worker.drain(0.01) == 2
        await opened.over()
        assert (talking.ending, listening.ending) == (SHUTDOWN, SHUTDOWN)
        assert [line["reason"] for line in opened.ends()] == ["shutdown"] * 2


async def test_a_call_in_its_look_up_is_ended_too(tmp_path: Path) -> None:
    """At once, not when it has its answer; it does not begin to talk afterwards."""
    asked = asyncio.Event()
    async with answering(None, asked) as url:
        asking = AGENT | {"lookup": {"url": url, "timeout": "10s"}}
        async with house(tmp_path, agent=asking) as opened:
            leg = opened.call()
            await asked.wait()
            assert opened.worker.hang_up_all() == 1
            await opened.over()
            assert leg.orders == [Ring(), HangUp(SHUTDOWN)]
            assert (opened.ends()[0]["reason"], opened.desk.asked) == ("shutdown", [])


async def test_a_ringing_call_that_is_ended(tmp_path: Path) -> None:
    """The line says what went out: 503, and that it was not a completed call."""
    async with house(tmp_path) as opened:
        opened.desk.at_once = ()
        await opened.talking()
        assert await opened.worker.drain(0.01) == 1
        await opened.over()
        (line,) = opened.ends()
    assert (line["result"], line["reason"], line["status"]) == ("rejected", "shutdown", 503)
    assert (line["answer_ms"], line["talk_seconds"]) == (None, None)


# --- a count that others share ---------------------------------------------------------------------------


ONE = AGENT | {"limits": {"max_calls": 1}}


async def test_a_count_elsewhere_is_asked(tmp_path: Path) -> None:
    """A call of another process has the place: busy, and nothing of it is left."""
    shared = Shared()
    shared.plans["theirs"] = "agent"
    async with house(tmp_path, shared=shared, agent=ONE) as opened:
        leg = opened.call()
        await opened.over()
        assert leg.ending == BUSY
        shared.plans.clear()
        leg = await opened.talking("c2")
        assert shared.plans == {"c2": "agent"}
        leg.happen(LegEnded(GONE))
        await shared.empty()


async def test_a_count_that_is_slow_keeps_one_caller_waiting(tmp_path: Path) -> None:
    """Others come in meanwhile; the one who waits may cancel, and counts nowhere then."""
    shared, cancelled = Shared(), Ending(Result.CANCELLED, Reason.CALLER_CANCELLED, 487)
    shared.hangs = True
    async with house(tmp_path, shared=shared, agent=ONE, open=AGENT | {"numbers": ["200"]}) as opened:
        waiting = opened.call("c1")
        await shared.asked.wait()
        await opened.talking("c2", called="200")
        assert waiting.orders == []
        shared.hangs = False
        waiting.happen(LegEnded(cancelled))
        await shared.empty()
        assert [(line["call"], line["result"], line["status"]) for line in opened.ends()] == [
            ("c1", "cancelled", 487)
        ]
