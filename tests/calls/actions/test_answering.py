"""Who has answered a call of ours, and what the plan wants done then."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.call import (
    TAP_SECONDS,
    Answered,
    CallTone,
    Ending,
    FinishItem,
    Flush,
    HearTones,
    LegEnded,
    LegOrder,
    LegTap,
    Play,
    Reason,
    Result,
    Ringing,
    TapBlock,
    ToneHeard,
    ToolCalled,
    Withhold,
)
from gateway.calls.actions.answering import MACHINE_ANSWERED, MESSAGE_LEFT
from gateway.calls.process_control import ProcessControl
from gateway.control import CallOutcome, Origination
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.calls.test_registry import House, house
from tests.equipment import tone
from tests.equipment.services import spoken
from tests.sounds import speech

GONE = LegEnded(Ending(Result.COMPLETED, Reason.CALLEE_HUNG_UP))
PERSON = np.concatenate((speech("sum"), np.zeros(16_000, np.int16)))
MACHINE = np.concatenate([speech("sum")[1000:9000]] * 4)
BEEP = ToneHeard(CallTone.BEEP, 80)
NO_BEEP = np.zeros(30_000, np.int16)


class Heard:
    """A tap on a line on which something is said: all of it at once."""

    def __init__(self, pcm: tone.Pcm) -> None:
        self._blocks = [pcm]
        self.lost = 0

    def more(self, pcm: tone.Pcm) -> None:
        """Say something more."""
        self._blocks.append(pcm)

    def read(self) -> list[TapBlock]:
        """Take what was said."""
        blocks, self._blocks = self._blocks, []
        both = (np.stack((pcm, np.zeros_like(pcm)), axis=1).tobytes() for pcm in blocks)
        return [TapBlock(0, 8000, pcm) for pcm in both]

    def close(self) -> None:
        """Hear no more."""


class HeardLeg(ScriptedLeg):
    """Its callee says something."""

    heard: Heard | None = None
    beeps_late = False
    """While the message is played, and not before."""

    def execute(self, order: LegOrder) -> None:
        if self.beeps_late and isinstance(order, FinishItem):
            self.beeps_late = False
            self.orders.append(order)
            self.happen(BEEP)
        else:
            super().execute(order)

    def tap(self, seconds: float = TAP_SECONDS) -> LegTap:
        return self.heard or super().tap(seconds)


async def called(
    opened: House, monkeypatch: pytest.MonkeyPatch, pcm: tone.Pcm | None
) -> tuple[HeardLeg, ProcessControl]:
    """Have a call made, and answered by whoever says this."""
    monkeypatch.setattr("tests.equipment.services.ScriptedLeg", HeardLeg)
    await opened.worker.originate(Origination("+4930", "reminder"), "ann")
    leg = opened.desk.legs[-1]
    assert isinstance(leg, HeardLeg)
    leg.heard = None if pcm is None else Heard(pcm)
    await opened.desk.session()
    leg.happen(Ringing(), Answered())
    return leg, ProcessControl(opened.worker)


def plan(**outbound: Any) -> dict[str, Any]:
    """Return a plan that calls people."""
    return {"agent": {"voice": "heart"}, "answer": {"greeting": "Hello."}, "outbound": outbound}


LEAVES = plan(on_machine="leave_message", say="Please call back.")


def say(leg: HeardLeg, *, beeps: bool) -> None:
    """Let a machine beep, or be silent."""
    assert leg.heard is not None
    if beeps:
        leg.happen(BEEP)
    else:
        leg.heard.more(NO_BEEP)


async def outcome(control: ProcessControl) -> CallOutcome:
    """Wait for the end of the call."""
    told = await control.outcomes(0, 8.0)
    return told.outcomes[0]


async def test_a_machine_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the record says that it was one, and why."""
    async with house(tmp_path, reminder=plan(on_machine="hang_up")) as opened:
        leg, control = await called(opened, monkeypatch, MACHINE)
        found = await outcome(control)
        assert leg.ending == MACHINE_ANSWERED
    assert (found.reason, found.answered_by) == ("machine_answered", "machine")
    assert found.why is not None
    assert "without a pause" in found.why
    (line,) = [line for line in opened.lines if line["event"] == "call.answered_by"]
    assert line["who"] == "machine"


async def test_a_person_is_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the agent has ready waits until that is known; nor does it hear anything before."""
    async with house(tmp_path, reminder=plan(on_machine="hang_up")) as opened:
        leg, control = await called(opened, monkeypatch, PERSON)
        assert Withhold(on=True) in leg.orders
        await leg.until(lambda: Withhold(on=False) in leg.orders)
        leg.happen(GONE)
        found = await outcome(control)
    assert (found.reason, found.answered_by) == ("callee_hung_up", "human")


@pytest.mark.parametrize("beeps", [True, False])
async def test_a_machine_is_left_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, beeps: bool
) -> None:
    """After its beep, or where there is none after a while; then we hang up."""
    async with house(tmp_path, reminder=LEAVES) as opened:
        leg, control = await called(opened, monkeypatch, MACHINE)
        await opened.desk.until(lambda: "Please call back." in opened.desk.spoke)
        assert spoken("Please call back.") not in leg.played
        say(leg, beeps=beeps)
        found = await outcome(control)
        assert leg.played[-1] == spoken("Please call back.")
        assert leg.ending == MESSAGE_LEFT
        assert leg.orders.index(Withhold(on=False)) > leg.orders.index(Withhold(on=True))
        assert HearTones(on=True) in leg.orders
    assert (found.reason, found.answered_by) == ("message_left", "machine")


async def test_a_beep_that_comes_late_has_the_message_begin_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine may be silent for longer than we wait: all of it is heard after the beep."""
    async with house(tmp_path, reminder=LEAVES) as opened:
        leg, control = await called(opened, monkeypatch, MACHINE)
        leg.beeps_late = True
        say(leg, beeps=False)
        await outcome(control)
        assert leg.played[-2:] == [spoken("Please call back.")] * 2
        at = [number for number, order in enumerate(leg.orders) if isinstance(order, Play)]
        assert Flush() in leg.orders[at[-2] : at[-1]]
        assert leg.ending == MESSAGE_LEFT


async def test_its_agent_may_say_that_it_is_a_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was thought before; the message waits for its moment, as ever."""
    rules = LEAVES | {"agent": {"voice": "heart", "tools": ["machine_answered"]}}
    async with house(tmp_path, reminder=rules) as opened:
        leg, control = await called(opened, monkeypatch, PERSON)
        await leg.until(lambda: Withhold(on=False) in leg.orders)
        session = opened.desk.sessions[-1]
        session.happen(ToolCalled("r1", "t1", "machine_answered", "{}"))
        await leg.until(lambda: Withhold(on=False) in leg.orders)
        leg.happen(BEEP)
        found = await outcome(control)
        assert leg.played[-1] == spoken("Please call back.")
    assert (found.reason, found.answered_by, found.why) == ("message_left", "machine", "the agent says so")


async def test_a_beep_on_a_silent_line_is_a_machine_after_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody has spoken, what is thought changes."""
    async with house(tmp_path, reminder=plan(on_machine="hang_up")) as opened:
        leg, control = await called(opened, monkeypatch, NO_BEEP)
        await leg.until(lambda: Withhold(on=False) in leg.orders)
        leg.happen(BEEP)
        found = await outcome(control)
    assert (found.reason, found.answered_by, found.why) == ("machine_answered", "machine", "a beep")


async def test_without_ears_a_message_is_left_when_the_agent_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In portable mode: after as long as anybody waits for a beep."""
    monkeypatch.setattr("gateway.calls.actions.answering.BEEP_WITHIN_S", 0.1)
    rules = LEAVES | {"agent": {"voice": "heart", "tools": ["machine_answered"]}}
    async with house(tmp_path, reminder=rules) as opened:
        leg, control = await called(opened, monkeypatch, None)
        await leg.until(lambda: Withhold(on=False) in leg.orders)
        opened.desk.sessions[-1].happen(ToolCalled("r1", "t1", "machine_answered", "{}"))
        found = await outcome(control)
        assert leg.played[-1] == spoken("Please call back.")
    assert found.reason == "message_left"


async def test_an_agent_that_talks_with_machines_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has been talking from the answer on."""
    async with house(tmp_path, reminder=plan(on_machine="talk")) as opened:
        leg, control = await called(opened, monkeypatch, MACHINE)
        session = opened.desk.sessions[-1]
        await session.until(lambda: any("A machine has answered" in str(order) for order in session.orders))
        assert not any(isinstance(order, Withhold) for order in leg.orders)
        leg.happen(GONE)
        assert (await outcome(control)).answered_by == "machine"


async def test_where_nobody_can_listen_the_agent_talks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Portable mode has no ears for that."""
    async with house(tmp_path, reminder=plan(on_machine="hang_up")) as opened:
        leg, control = await called(opened, monkeypatch, None)
        await leg.until(lambda: Withhold(on=False) in leg.orders)
        leg.happen(GONE)
        assert (await outcome(control)).answered_by == "unknown"


async def test_whoever_hangs_up_at_once_is_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call is over before anything was found."""
    async with house(tmp_path, reminder=plan(on_machine="hang_up")) as opened:
        leg, control = await called(opened, monkeypatch, np.zeros(0, np.int16))
        await asyncio.sleep(0.05)
        leg.happen(GONE)
        assert (await outcome(control)).answered_by is None
