"""How the calls that we made came out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.call import Answered, Ending, HangUp, LegEnded, Reason, Respond, Result, Ringing
from gateway.calls.process_control import ProcessControl
from gateway.control import Control, Origination
from gateway.errors import CallRefused
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.calls.test_registry import House, house
from tests.equipment import patience

BUSY = LegEnded(Ending(Result.REJECTED, Reason.BUSY, 486))
GONE = LegEnded(Ending(Result.COMPLETED, Reason.CALLEE_HUNG_UP))
PLAN = {
    "agent": {"voice": "heart"},
    "answer": {"greeting": "Hello {name}."},
    "variables": {"name": "you"},
    "outbound": {},
}


async def called(opened: House) -> tuple[Control, ScriptedLeg]:
    """Have a call made."""
    await opened.worker.originate(
        Origination("+4930", "reminder", variables={"name": "Ann"}, call_id="0a0a0a0a"), "ann"
    )
    return ProcessControl(opened.worker), opened.desk.legs[-1]


async def test_a_call_of_ours_is_led_by_its_plan(tmp_path: Path) -> None:
    """It greets whom it calls when their phone rings, hears them when they answer, and tells how it was."""
    async with house(tmp_path, reminder=PLAN) as opened:
        control, leg = await called(opened)
        session = await opened.desk.session()
        assert leg.ending is None
        assert not any(isinstance(order, Respond) for order in session.orders)
        leg.happen(Ringing())
        await session.until(lambda: any(isinstance(order, Respond) for order in session.orders))
        (greets,) = [order for order in session.orders if isinstance(order, Respond)]
        assert greets.instructions is not None
        assert "Hello Ann." in greets.instructions
        leg.happen(Answered())
        await leg.until(lambda: leg.answered_at is not None)
        leg.happen(GONE)
        told = await control.outcomes(0, 5.0)
    (outcome,) = told.outcomes
    assert (outcome.call, outcome.called, outcome.plan) == ("0a0a0a0a", "+4930", "reminder")
    assert (outcome.result, outcome.reason, outcome.status) == ("completed", "callee_hung_up", 200)
    assert outcome.talk_seconds is not None
    (line,) = opened.ends()
    assert line["plan"] == "reminder"


async def test_nobody_answers(tmp_path: Path) -> None:
    """The status of whoever refused is told, and nobody was greeted."""
    async with house(tmp_path, reminder=PLAN) as opened:
        control, leg = await called(opened)
        session = await opened.desk.session()
        leg.happen(BUSY)
        told = await control.outcomes(0, 5.0)
        assert session.orders == []
    (outcome,) = told.outcomes
    assert (outcome.reason, outcome.status, outcome.talk_seconds) == ("busy", 486, None)


async def test_asked_twice_for_one_call_it_is_made_once(tmp_path: Path) -> None:
    """While it is up, and when it is over."""
    async with house(tmp_path, reminder=PLAN) as opened:
        control, leg = await called(opened)
        assert (
            await control.originate(Origination("+4930", "reminder", call_id="0a0a0a0a"), "bob") == "0a0a0a0a"
        )
        leg.happen(BUSY)
        await control.outcomes(0, 5.0)
        assert (
            await control.originate(Origination("+4930", "reminder", call_id="0a0a0a0a"), "bob") == "0a0a0a0a"
        )
        assert len(opened.desk.dialled) == 1


async def test_there_is_no_room(tmp_path: Path) -> None:
    """In the process, or in the plan."""
    limited = {**PLAN, "limits": {"max_calls": 1}}
    async with house(tmp_path, max_calls=2, reminder=PLAN, one=limited) as opened:
        control = ProcessControl(opened.worker)
        await control.originate(Origination("1", "one"), "ann")
        await opened.desk.session()
        with pytest.raises(CallRefused, match="plan one"):
            await control.originate(Origination("1", "one"), "ann")
        await control.originate(Origination("1", "reminder"), "ann")
        with pytest.raises(CallRefused, match="overloaded"):
            await control.originate(Origination("1", "reminder"), "ann")
        assert len(opened.desk.dialled) == 2


async def test_whoever_waits_is_told_at_once(tmp_path: Path) -> None:
    """And whoever has heard of all waits in vain."""
    async with house(tmp_path, reminder=PLAN) as opened:
        control, leg = await called(opened)
        assert (await control.outcomes(0, 0.01)).outcomes == ()
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(control.outcomes(0, 60.0))
            await opened.desk.session()
            leg.happen(BUSY)
            async with patience.within(5):
                told = await waiting
        assert told.last == 1
        assert (await control.outcomes(told.last, 0.01)).outcomes == ()


async def test_it_is_hung_up_before_anybody_answers(tmp_path: Path) -> None:
    """By an operator: then it is given up, and not refused."""
    async with house(tmp_path, reminder=PLAN) as opened:
        control, leg = await called(opened)
        await opened.desk.session()
        await control.end("0a0a0a0a", "ann")
        told = await control.outcomes(0, 5.0)
        assert any(isinstance(order, HangUp) for order in leg.orders)
    assert told.outcomes[0].reason == "operator_hung_up"
    assert told.outcomes[0].talk_seconds is None
