"""What may be asked of the calls of a process, with scripted callers and models."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.call import (
    AddText,
    Answered,
    Digit,
    Ending,
    HangUp,
    LegEnded,
    LegState,
    OutsideOrder,
    Party,
    Reason,
    Result,
)
from gateway.calls.process_control import HUNG_UP, TURNED_AWAY, ProcessControl
from gateway.control import CallBegan, CallOver, Control
from gateway.errors import NoSuchCall, OrderRefused
from tests.calls.test_registry import AGENT, house
from tests.equipment import patience

GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
CLOSED = {"numbers": ["200"], "announce": {"say": "We are closed."}}


async def test_calls_are_listed_and_looked_at(tmp_path: Path) -> None:
    """The oldest first, each as it is now; one that is over is not there."""
    async with house(tmp_path) as opened:
        control: Control = ProcessControl(opened.worker)
        assert await control.calls() == ()
        first, _second = await opened.talking("c1"), await opened.talking("c2")
        await first.until(lambda: first.state is LegState.ANSWERED)
        first.happen(Digit("5"))
        await first.until(lambda: opened.worker.calls["c1"].summary.counts["digits"])
        assert [view.id for view in await control.calls()] == ["c1", "c2"]
        view = await control.look("c1")
        assert (view.caller, view.called, view.sip_call_id) == (Party("+15551230001"), Party("100"), "c1@y")
        assert (view.state, view.plan, view.first_plan, view.action) == (
            LegState.ANSWERED,
            "agent",
            "agent",
            "agent",
        )
        assert view.talk_seconds is not None
        assert view.seconds >= view.talk_seconds >= 0
        assert (view.digits, view.turns, view.tools, view.barge_ins) == (1, 0, 0, 0)
        async with control.watch("c1") as watch:
            first.happen(LegEnded(GONE))
            async with patience.within(5):
                lines = [line async for line in watch]
        assert [view.id for view in await control.calls()] == ["c2"]
        assert isinstance(lines[-1].event, CallOver)
        assert (lines[-1].event.ending, lines[-1].event.view.state) == (GONE, LegState.ENDED)


async def test_a_call_that_is_not_there(tmp_path: Path) -> None:
    """Whatever is asked of it."""
    async with house(tmp_path) as opened:
        control = ProcessControl(opened.worker)
        for ask in (
            lambda: control.look("c9"),
            lambda: control.order("c9", AddText("user", "x"), "operator"),
            lambda: control.play("c9", b"aa", "operator"),
            lambda: control.move("c9", "agent", "operator"),
            lambda: control.end("c9", "operator"),
        ):
            with pytest.raises(NoSuchCall, match="c9"):
                await ask()
        with pytest.raises(NoSuchCall):
            async with control.watch("c9"):
                pass


async def test_a_call_is_ended(tmp_path: Path) -> None:
    """By BYE, or by a status while it rings; the line says that it was an operator."""
    async with house(tmp_path, agent=AGENT, slow=AGENT | {"numbers": ["300"]}) as opened:
        control = ProcessControl(opened.worker)
        leg = await opened.talking("c1")
        await leg.until(lambda: leg.state is LegState.ANSWERED)
        await control.end("c1", "operator")
        await opened.over()
        opened.desk.at_once = ()
        rings = await opened.talking("c2", "300")
        await control.end("c2", "operator")
        await opened.over()
        assert (leg.ending, rings.ending) == (HUNG_UP, TURNED_AWAY)
        assert [(line["result"], line["reason"], line["status"]) for line in opened.ends()] == [
            ("completed", "operator_hung_up", 200),
            ("rejected", "operator_hung_up", 480),
        ]


async def test_a_call_is_moved_told_and_heard(tmp_path: Path) -> None:
    """A watcher sees who ordered, then what, then what became of it."""
    async with house(tmp_path, agent=AGENT, closed=CLOSED) as opened:
        control = ProcessControl(opened.worker)
        async with control.watch() as watch:
            leg = await opened.talking("c1")
            await leg.until(lambda: leg.state is LegState.ANSWERED)
            await control.order("c1", AddText("system", "A customer."), "operator")
            item = await control.play("c1", b"aa", "operator")
            await control.move("c1", "closed", "operator")
            with pytest.raises(OrderRefused):
                await control.move("c1", "nowhere", "operator")
            await opened.over()
            async with patience.within(5):
                seen = []
                while not seen or not isinstance(seen[-1].event, CallOver):
                    seen.append(await watch.__anext__())
    events = [line.event for line in seen]
    assert isinstance(events[0], CallBegan)
    assert [event for event in events if isinstance(event, OutsideOrder)] == [
        OutsideOrder("operator", "AddText"),
        OutsideOrder("operator", "Play"),
        OutsideOrder("operator", "Onward to closed"),
    ]
    assert events.index(Answered()) < events.index(AddText("system", "A customer."))
    assert item
    assert isinstance(events[-2], LegEnded)
    assert (seen[-1].event.view.first_plan, seen[-1].event.view.plan) == ("agent", "closed")


async def test_draining_takes_no_more_calls(tmp_path: Path) -> None:
    """What is up is ended when its grace is over."""
    async with house(tmp_path) as opened:
        leg = await opened.talking("c1")
        assert await ProcessControl(opened.worker).drain(0.01) == 1
        await opened.over()
        assert opened.call("c2").ending is not None
        assert isinstance(leg.orders[-1], HangUp)
