"""A leg without a model."""

import pytest

from gateway.call import (
    Answer,
    Answered,
    Digit,
    Drain,
    Ending,
    Fact,
    Flush,
    HangUp,
    LegEnded,
    Order,
    Reason,
    Result,
)
from gateway.calls.actions.prompter import SHUTDOWN, LegGone, Prompter
from tests.calls.actions.scripted_leg import ScriptedLeg

GONE = LegEnded(Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP))


async def test_a_key_stops_what_is_played() -> None:
    """Somebody who knows the menu need not hear it."""
    leg = ScriptedLeg(on_play=[[Digit("5")]])
    with Prompter(leg) as line:
        await line.answer()
        assert await line.play(b"aa", "123456") == "5"
    assert Flush() in leg.orders


async def test_a_key_that_is_not_asked_for_stops_nothing() -> None:
    """An announcement is heard to its end."""
    leg = ScriptedLeg()
    with Prompter(leg) as line:
        await line.answer()
        leg.happen(Digit("5"))
        assert await line.play(b"aa") == ""
    assert Flush() not in leg.orders


async def test_a_caller_who_hangs_up_ends_what_was_going_on() -> None:
    """Whatever was waited for, the ending comes instead."""
    leg = ScriptedLeg(on_play=[[GONE]])
    with Prompter(leg) as line:
        await line.answer()
        with pytest.raises(LegGone) as raised:
            await line.play(b"aa")
    assert raised.value.ending == GONE.ending


async def test_no_key_in_time_is_no_key() -> None:
    """Waiting has an end."""
    with Prompter(ScriptedLeg(), answered=True) as line:
        assert await line.key(0.01) == ""


async def test_draining_hangs_up() -> None:
    """A stopping process ends announcements too."""
    leg = ScriptedLeg()
    with Prompter(leg, answered=True) as line:
        line.drain()
        with pytest.raises(LegGone):
            await line.key(5)
    assert leg.ending == Ending(Result.COMPLETED, Reason.SHUTDOWN)


async def test_what_happens_between_two_listeners_is_kept() -> None:
    """A caller who hangs up between menu and agent is not lost."""
    leg = ScriptedLeg()
    with Prompter(leg, answered=True):
        pass
    leg.happen(GONE)
    with Prompter(leg, answered=True) as line, pytest.raises(LegGone):
        await line.key(5)


async def test_everything_that_happens_is_told() -> None:
    """Facts and orders, in their order, up to the end."""
    told: list[Fact | Order] = []
    with Prompter(ScriptedLeg(), lambda event, _now: told.append(event)) as line:
        await line.answer()
        ending = await line.end(GONE.ending)
    assert told == [Answer(), Answered(), HangUp(ending), LegEnded(ending)]


async def test_a_caller_may_be_faster() -> None:
    """Who hangs up during the last moment of silence was not hung up by us."""
    leg = ScriptedLeg()
    with Prompter(leg, answered=True) as line:
        leg.happen(GONE)
        assert await line.hang_up() == GONE.ending


async def test_draining_does_not_answer() -> None:
    """What is told to end before it has begun is refused."""
    told: list[Fact | Order] = []
    leg = ScriptedLeg()
    with Prompter(leg, lambda event, _now: told.append(event)) as line:
        line.drain()
        with pytest.raises(LegGone):
            await line.answer()
    assert leg.orders == [HangUp(SHUTDOWN)]
    assert told == [Drain(), HangUp(SHUTDOWN), LegEnded(SHUTDOWN)]
