"""Work is done for callers who wait for it."""

from __future__ import annotations

import asyncio

import pytest

from gateway.call import Answered, Digit, Ending, Fact, LegEnded, LegFact, Order, Reason, Result
from gateway.calls.actions.presence import while_there
from gateway.calls.actions.prompter import LegGone
from gateway.calls.call import Call
from tests.calls.actions.scripted_leg import ScriptedLeg

GONE = Ending(Result.CANCELLED, Reason.CALLER_CANCELLED, 487)


class Work:
    """Something that takes its time."""

    def __init__(self) -> None:
        self.begun = self.finished = self.cancelled = False
        self.enough = asyncio.Event()
        self.told: list[Fact | Order] = []

    async def run(self) -> str:
        self.begun = True
        try:
            await self.enough.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        self.finished = True
        return "done"

    def notify(self, event: Fact | Order, _now: float) -> None:
        self.told.append(event)


def listened(leg: ScriptedLeg) -> list[LegFact]:
    """Say what the next listener hears at once."""
    heard: list[LegFact] = []
    leg.listen(heard.append, lambda _pcm: None)
    return heard


async def test_what_is_waited_for_is_done() -> None:
    """What happened meanwhile is for whoever listens next, in its order."""
    leg, work = ScriptedLeg(), Work()
    leg.happen(Answered(), Digit("1"))
    asyncio.get_running_loop().call_later(0.01, work.enough.set)
    assert await while_there(Call(leg, work.notify), work.run()) == "done"
    leg.happen(Digit("2"))
    await asyncio.sleep(0)
    assert (listened(leg), work.told) == ([Answered(), Digit("1"), Digit("2")], [])


async def test_nobody_works_for_who_has_left() -> None:
    """The work is cancelled at once; whoever listens to the call hears all there was."""
    leg, work = ScriptedLeg(), Work()
    leg.happen(Digit("1"), LegEnded(GONE))
    with pytest.raises(LegGone) as ended:
        await while_there(Call(leg, work.notify), work.run())
    assert (ended.value.ending, work.begun, work.cancelled) == (GONE, True, True)
    assert work.told == [Digit("1"), LegEnded(GONE)]
    assert listened(leg) == []


async def test_work_for_who_had_left_before_is_not_begun() -> None:
    """Not even its first step is done."""
    leg, work = ScriptedLeg(), Work()
    leg.happen(LegEnded(GONE))
    await asyncio.sleep(0)
    with pytest.raises(LegGone):
        await while_there(Call(leg, work.notify), work.run())
    assert not work.begun


async def test_work_that_is_done_as_the_caller_leaves_is_too_late() -> None:
    """The end of the call is not lost between the two."""
    leg, work = ScriptedLeg(), Work()
    loop = asyncio.get_running_loop()
    loop.call_later(0.01, lambda: (work.enough.set(), leg._report(LegEnded(GONE))))
    with pytest.raises(LegGone):
        await while_there(Call(leg, work.notify), work.run())
    assert work.told == [LegEnded(GONE)]


@pytest.mark.parametrize("error", [TimeoutError("too slow"), ValueError("wrong")])
async def test_an_error_of_the_work_is_its_own(error: Exception) -> None:
    """A time-out within it is not taken for the caller's end."""

    async def fail() -> None:
        raise error

    leg = ScriptedLeg()
    with pytest.raises(type(error), match=str(error)):
        await while_there(Call(leg), fail())
    leg.happen(Digit("1"))
    await asyncio.sleep(0)
    assert listened(leg) == [Digit("1")]


async def test_whoever_waits_can_be_cancelled() -> None:
    """The work with it."""
    leg, work = ScriptedLeg(), Work()
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(while_there(Call(leg, work.notify), work.run()))
        await asyncio.sleep(0)
        waiting.cancel()
    assert (waiting.cancelled(), work.cancelled) == (True, True)
