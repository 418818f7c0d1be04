"""A call is held, taken back and put through beside its agent; who may not be reached is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.call import (
    TRANSFERRED,
    AgentRole,
    Answered,
    Digit,
    Ending,
    HangUp,
    Hold,
    Join,
    LegEnded,
    Play,
    PlayMusic,
    Reason,
    Refer,
    ReferProgress,
    Result,
    Resume,
    TransferEnded,
    TransferOutcome,
    read_destination,
)
from gateway.calls.actions import attendant
from gateway.calls.actions.attendant import MUSIC, RINGBACK
from gateway.calls.actions.connected import THEY_LEFT
from gateway.errors import OrderRefused
from tests.calls.actions.talking import GONE, talking
from tests.equipment import patience
from tests.equipment.services import spoken
from tests.sounds import waiting

TARGETS = {
    "blind": {"to": "sip:200@pbx", "mode": "blind"},
    "desk": {"to": "sip:300@pbx", "announce": "A call: {summary}."},
    "attended": {"to": "sip:400@pbx", "mode": "attended"},
    "back": {"to": "sip:500@pbx", "then": "agent", "waits_with": "ringback"},
    "overheard": {"to": "sip:600@pbx", "agent": "listens"},
    "shared": {"to": "sip:700@pbx", "agent": "listens", "then": "agent"},
}
BLIND = read_destination("sip:200@pbx")
BUSY = LegEnded(Ending(Result.FAILED, Reason.SIGNALLING_FAILED, 486))


@pytest.fixture(autouse=True)
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scripted leg has no jitter buffer to be played out."""
    monkeypatch.setattr(attendant, "AFTER_PLAYOUT_S", 0)


def test_what_is_shipped_is_what_is_made() -> None:
    """Music and ringing are our own, and can be made anew."""
    for file, sound in ((MUSIC, waiting.music()), (RINGBACK, waiting.ringback())):
        assert file.read_bytes().endswith(waiting.written(sound))


# --- hold ------------------------------------------------------------------------------------------------


async def test_a_caller_is_held_and_taken_back(tmp_path: Path) -> None:
    """With music; whoever is not on hold cannot be taken back."""
    async with talking(tmp_path) as talk:
        with pytest.raises(OrderRefused, match="not on hold"):
            talk.attendant.resume("operator")
        await talk.attendant.hold("operator")
        hold, music = talk.leg.orders[-2:]
        assert hold == Hold()
        assert isinstance(music, PlayMusic)
        assert len(music.pcm) > 24_000
        await talk.leg.until(lambda: talk.call.state == "held")
        talk.attendant.resume("operator")
        assert talk.leg.orders[-2:] == [Resume(), PlayMusic(b"")]


async def test_a_caller_is_held_for_a_while(tmp_path: Path) -> None:
    """Unless somebody takes them back before."""
    async with talking(tmp_path) as talk:
        await talk.attendant.hold("tool")
        await talk.attendant.held_for(0.01)
        assert talk.leg.orders.count(Resume()) == 1
        await talk.attendant.hold("tool")
        await talk.leg.until(lambda: talk.call.state == "held")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(talk.attendant.held_for(60))
            await asyncio.sleep(0)
            talk.attendant.resume("operator")
        assert talk.leg.orders.count(Resume()) == 2


# --- digits ----------------------------------------------------------------------------------------------


async def test_keys_are_collected(tmp_path: Path) -> None:
    """So many as are asked for, and no longer than is waited for."""
    async with talking(tmp_path) as talk:
        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(talk.attendant.collect(2, "#", 5, 5))
            await asyncio.sleep(0)
            talk.leg.happen(Digit("4"), Digit("2"))
        assert asked.result() == "42"
        assert await talk.attendant.collect(2, "#", 0.01, 0.01) == ""


# --- transfer --------------------------------------------------------------------------------------------


async def test_the_far_side_is_asked_and_tells(tmp_path: Path) -> None:
    """The caller waits with music, and is the agent's again when it has failed."""
    async with talking(tmp_path, targets=TARGETS) as talk, asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(talk.attendant.transfer("blind", "", "", "tool"))
        await talk.leg.until(lambda: Refer(BLIND) in talk.leg.orders)
        assert Hold(tells=False) in talk.leg.orders
        talk.leg.happen(ReferProgress(100), ReferProgress(180), ReferProgress(486))
        assert await asked == TransferEnded("blind", TransferOutcome.BUSY, 486)
        assert talk.leg.orders[-2:] == [Resume(), PlayMusic(b"")]
        assert talk.transfers() == [asked.result()]


async def test_a_caller_whom_the_far_side_has_taken_is_let_go(tmp_path: Path) -> None:
    """The call ends, as transferred."""
    async with talking(tmp_path, targets=TARGETS) as talk, asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(talk.attendant.transfer("blind", "", "", "tool"))
        await talk.leg.until(lambda: Refer(BLIND) in talk.leg.orders)
        talk.leg.happen(ReferProgress(200))
        assert (await asked).outcome is TransferOutcome.TRANSFERRED
        assert await talk.ended == TRANSFERRED


async def test_a_caller_who_leaves_meanwhile(tmp_path: Path) -> None:
    """Nobody is taken back, and whom we have called is let go."""
    async with talking(tmp_path, targets=TARGETS) as talk, asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(talk.attendant.transfer("desk", "", "", "tool"))
        await talk.desk.until(lambda: talk.desk.legs)
        talk.leave()
        assert (await asked).outcome is TransferOutcome.CALLER_LEFT
        assert isinstance(talk.desk.legs[0].orders[-1], HangUp)
        assert Resume() not in talk.leg.orders


async def test_two_are_joined_when_the_second_was_told(tmp_path: Path) -> None:
    """The words are spoken to the second alone; both calls end when one of them hangs up."""
    async with talking(tmp_path, targets=TARGETS) as talk, asyncio.TaskGroup() as tasks:
        talk.desk.there = [Answered()]
        asked = tasks.create_task(talk.attendant.transfer("desk", "", "Ann  wants\ntea", "tool"))
        await talk.leg.until(lambda: Join("second0") in talk.leg.orders)
        second = talk.desk.legs[0]
        assert second.played == [spoken("A call: Ann wants tea.")]
        assert [order for order in talk.leg.orders if isinstance(order, Play)] == []
        assert (await asked).outcome is TransferOutcome.TRANSFERRED
        await talk.leg.until(lambda: Resume() in talk.leg.orders)
        second.happen(LegEnded(GONE))
        assert await talk.ended == THEY_LEFT


@pytest.mark.parametrize(("target", "orders"), [("desk", 0), ("attended", 0)])
async def test_a_second_who_does_not_answer(tmp_path: Path, target: str, orders: int) -> None:
    """The caller is the agent's again, who is told what the status says."""
    async with talking(tmp_path, targets=TARGETS) as talk:
        talk.desk.there = [BUSY]
        ended = await talk.attendant.transfer(target, "", "", "tool")
        assert ended == TransferEnded(target, TransferOutcome.BUSY, 486)
        assert len([order for order in talk.leg.orders if isinstance(order, Join | Refer)]) == orders
        assert talk.leg.orders[-2:] == [Resume(), PlayMusic(b"")]


async def test_the_callers_side_takes_a_call_over_or_is_joined(tmp_path: Path) -> None:
    """A side that cannot is no reason to leave the two alone."""
    async with talking(tmp_path, targets=TARGETS) as talk, asyncio.TaskGroup() as tasks:
        talk.desk.there = [Answered()]
        tasks.create_task(talk.attendant.transfer("attended", "", "", "tool"))
        refer = Refer(read_destination("sip:400@pbx"), replaces="second0")
        await talk.leg.until(lambda: refer in talk.leg.orders)
        talk.leg.happen(ReferProgress(501))
        await talk.leg.until(lambda: Join("second0") in talk.leg.orders)


async def test_who_cannot_be_joined_is_let_go(tmp_path: Path) -> None:
    """As in portable mode: nobody is left on a line without a sound."""
    async with talking(tmp_path, targets=TARGETS) as talk:
        talk.desk.there, talk.leg.joins = [Answered()], False
        ended = await talk.attendant.transfer("desk", "", "", "tool")
        assert ended.outcome is TransferOutcome.UNREACHABLE
        assert talk.desk.legs[0].ending is not None
        assert talk.leg.orders[-2:] == [Resume(), PlayMusic(b"")]


async def test_a_caller_comes_back(tmp_path: Path) -> None:
    """Where the plan says so; the agent had rested, and is told that they have talked."""
    async with talking(tmp_path, targets=TARGETS) as talk, asyncio.TaskGroup() as tasks:
        talk.desk.there = [Answered()]
        asked = tasks.create_task(talk.attendant.transfer("back", "", "", "tool"))
        await talk.leg.until(lambda: Join("second0") in talk.leg.orders)
        assert not asked.done()
        talk.desk.legs[0].happen(LegEnded(GONE))
        assert await asked == TransferEnded("back", TransferOutcome.TRANSFERRED, 200, back=True)
        assert talk.leg.orders[-2:] == [Resume(), PlayMusic(b"")]


async def test_the_agent_listens_until_they_are_done(tmp_path: Path) -> None:
    """It hears both; when the other one leaves, the call is over, or goes on with the agent."""
    for target, back in (("overheard", False), ("shared", True)):
        async with talking(tmp_path, targets=TARGETS) as talk, asyncio.TaskGroup() as tasks:
            talk.desk.there = [Answered()]
            asked = tasks.create_task(talk.attendant.transfer(target, "", "", "tool"))
            await talk.leg.until(lambda one=talk: Join("second0", AgentRole.LISTENS) in one.leg.orders)
            at = talk.leg.orders.index(Join("second0", AgentRole.LISTENS))
            assert talk.leg.orders[at - 2 : at] == [Resume(), PlayMusic(b"")]
            assert not asked.done()
            talk.desk.legs[0].happen(LegEnded(GONE))
            assert await asked == TransferEnded(target, TransferOutcome.TRANSFERRED, 200, back=back)
            assert talk.call.over is not back
            assert talk.leg.ending == (None if back else THEY_LEFT)


async def test_whoever_leaves_a_talk_was_put_through(tmp_path: Path) -> None:
    """The agent was still there, and the transfer had worked."""
    async with talking(tmp_path, targets=TARGETS) as talk, asyncio.TaskGroup() as tasks:
        talk.desk.there = [Answered()]
        asked = tasks.create_task(talk.attendant.transfer("shared", "", "", "tool"))
        await talk.leg.until(lambda: Join("second0", AgentRole.LISTENS) in talk.leg.orders)
        await asyncio.sleep(0.05)
        talk.leave()
        assert (await asked).outcome is TransferOutcome.TRANSFERRED


# --- what may not be -------------------------------------------------------------------------------------


async def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    """Somebody who is not listed, a second transfer at once, one too many."""
    limits = {"max_transfers": 1}
    async with talking(tmp_path, targets=TARGETS, limits=limits) as talk, asyncio.TaskGroup() as tasks:
        for name in ("boss", "sip:200@pbx", ""):
            with pytest.raises(OrderRefused, match="no such target"):
                await talk.attendant.transfer(name, "", "", "tool")
        asked = tasks.create_task(talk.attendant.transfer("blind", "", "", "tool"))
        await talk.leg.until(lambda: Refer(BLIND) in talk.leg.orders)
        with pytest.raises(OrderRefused, match="under way"):
            await talk.attendant.transfer("blind", "", "", "tool")
        talk.leg.happen(ReferProgress(486))
        await asked
        with pytest.raises(OrderRefused, match="often enough"):
            await talk.attendant.transfer("blind", "", "", "tool")


async def test_a_plans_transfers_are_counted(tmp_path: Path) -> None:
    """Those of all its calls within an hour."""
    async with talking(tmp_path, targets=TARGETS, limits={"transfers_per_hour": 1}) as talk:
        talk.desk.there = [BUSY]
        await talk.attendant.transfer("desk", "", "", "tool")
        with pytest.raises(OrderRefused, match="within this hour"):
            await talk.attendant.transfer("desk", "", "", "tool")


async def test_nobody_is_taken_from_an_announcement(tmp_path: Path) -> None:
    """There would be nobody to take the caller back."""
    async with talking(tmp_path, targets=TARGETS) as talk:
        there = talk.attendant
        talk.leave()
        async with patience.within(5):
            await talk.ended
        with pytest.raises(OrderRefused, match="no agent"):
            await there.hold("operator")
