"""A leg without a model."""

import asyncio

import pytest

from gateway.call import (
    SHUTDOWN,
    Announcement,
    Answer,
    Answered,
    Digit,
    Ending,
    Fact,
    Flush,
    HangUp,
    Held,
    LegEnded,
    LegState,
    Order,
    OutsideOrder,
    Played,
    Reason,
    Result,
    Resumed,
)
from gateway.calls.actions.prompter import LegGone, Prompter
from gateway.calls.call import Call
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.equipment import patience

GONE = LegEnded(Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP))


async def test_a_key_stops_what_is_played() -> None:
    """Somebody who knows the menu need not hear it."""
    leg = ScriptedLeg(on_play=[[Digit("5")]])
    with Prompter(Call(leg)) as line:
        await line.answer()
        assert await line.play(Announcement(b"aa"), "123456") == "5"
    assert Flush() in leg.orders


async def test_a_key_may_come_before_the_answer_is_confirmed() -> None:
    """Its RTP is faster than the ACK is read: it is no less pressed."""
    leg = ScriptedLeg()
    leg.answers = False
    with Prompter(Call(leg)) as line:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(line.answer())
            await asyncio.sleep(0)
            leg.happen(Digit("5"))
            leg.happen(Answered())
        assert await line.key(0) == "5"


async def test_a_key_that_is_not_asked_for_stops_nothing() -> None:
    """An announcement is heard to its end."""
    leg = ScriptedLeg()
    with Prompter(Call(leg)) as line:
        await line.answer()
        leg.happen(Digit("5"))
        assert await line.play(Announcement(b"aa")) == ""
    assert Flush() not in leg.orders


async def test_a_caller_who_hangs_up_ends_what_was_going_on() -> None:
    """Whatever was waited for, the ending comes instead."""
    leg = ScriptedLeg(on_play=[[GONE]])
    with Prompter(Call(leg)) as line:
        await line.answer()
        with pytest.raises(LegGone) as raised:
            await line.play(Announcement(b"aa"))
    assert raised.value.ending == GONE.ending


async def test_no_key_in_time_is_no_key() -> None:
    """Waiting has an end."""
    with Prompter(Call(ScriptedLeg())) as line:
        assert await line.key(0.01) == ""


async def test_waiting_for_a_key_rests_on_hold() -> None:
    """The time on hold does not count; afterwards there is as much left as there was."""
    leg = ScriptedLeg()
    with Prompter(Call(leg)) as line:
        await line.answer()
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(line.key(0.15))
            leg.happen(Held())
            await asyncio.sleep(0.3)
            assert not waiting.done()
            leg.happen(Resumed(), Digit("5"))
        assert waiting.result() == "5"


async def test_what_was_heard_out_as_a_hold_began_was_heard_out() -> None:
    """The report may come behind the hold."""
    leg = ScriptedLeg(on_play=[[Held(), Played("prompt_0"), Resumed()]])
    with Prompter(Call(leg)) as line:
        await line.answer()
        async with patience.within(5):
            assert await line.play(Announcement(b"aa")) == ""


async def test_a_hold_has_an_end() -> None:
    """Nobody waits for ever for whoever forgot us, whatever was played or waited for."""
    forgotten = Ending(Result.COMPLETED, Reason.MAX_HOLD)
    for waits in (lambda line: line.play(Announcement(b"aa")), lambda line: line.key(60)):
        leg = ScriptedLeg(on_play=[[]])
        with Prompter(Call(leg), max_hold=0.05) as line:
            await line.answer()
            leg.happen(Held())
            async with patience.within(5):
                with pytest.raises(LegGone) as gone:
                    await waits(line)
        assert (gone.value.ending, leg.ending) == (forgotten, forgotten)


async def test_a_hold_that_began_before_is_known() -> None:
    """A caller who holds in a menu is held in what follows it."""
    leg = ScriptedLeg()
    with Prompter(Call(leg)) as line:
        await line.answer()
        leg.happen(Held())
        await leg.until(lambda: leg.state is LegState.HELD)
    with Prompter(Call(leg), max_hold=0.05) as line, pytest.raises(LegGone):
        await line.key(60)


async def test_draining_hangs_up() -> None:
    """A stopping process ends announcements too."""
    call = Call(leg := ScriptedLeg())
    with Prompter(call) as line:
        call.end(SHUTDOWN, "shutdown")
        with pytest.raises(LegGone):
            await line.key(5)
    assert leg.ending == SHUTDOWN


async def test_what_happens_between_two_listeners_is_kept() -> None:
    """A caller who hangs up between menu and agent is not lost."""
    leg = ScriptedLeg()
    with Prompter(Call(leg)):
        pass
    leg.happen(GONE)
    with Prompter(Call(leg)) as line, pytest.raises(LegGone):
        await line.key(5)


async def test_everything_that_happens_is_told() -> None:
    """Facts and orders, in their order, up to the end."""
    told: list[Fact | Order] = []
    with Prompter(Call(ScriptedLeg(), lambda event, _now: told.append(event))) as line:
        await line.answer()
        ending = await line.end(GONE.ending)
    assert told == [Answer(), Answered(), HangUp(ending), LegEnded(ending)]


async def test_a_caller_may_be_faster() -> None:
    """Who hangs up during the last moment of silence was not hung up by us."""
    leg = ScriptedLeg()
    with Prompter(Call(leg)) as line:
        leg.happen(GONE)
        assert await line.hang_up() == GONE.ending


async def test_draining_does_not_answer() -> None:
    """What is told to end before it has begun is refused."""
    told: list[Fact | Order] = []
    call = Call(leg := ScriptedLeg(), lambda event, _now: told.append(event))
    with Prompter(call) as line:
        call.end(SHUTDOWN, "shutdown")
        with pytest.raises(LegGone):
            await line.answer()
    assert leg.orders == [HangUp(SHUTDOWN)]
    assert told == [OutsideOrder("shutdown", "HangUp"), HangUp(SHUTDOWN), LegEnded(SHUTDOWN)]
