"""Watching calls: everything in order, nothing lost but by who is slow."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from gateway.call import (
    AgentAudio,
    Answer,
    Answered,
    Digit,
    Ending,
    LegState,
    Party,
    Play,
    Reason,
    Result,
    Tick,
)
from gateway.calls.watches import Watches
from gateway.control import CallBegan, CallOver, CallView, Watched
from gateway.records.listener_group import ListenerGroup
from tests.equipment import patience

GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)


def view(call_id: str) -> CallView:
    """Return what is told of a call."""
    return CallView(
        id=call_id,
        sip_call_id="s",
        caller=Party("1"),
        called=Party("2"),
        source="",
        state=LegState.RINGING,
        plan="agent",
        first_plan="agent",
        action="agent",
        since=datetime.now(UTC),
        seconds=0.0,
        talk_seconds=None,
        turns=0,
        barge_ins=0,
        digits=0,
        tools=0,
        cost_usd=None,
    )


async def taken(watch: object, count: int) -> list[Watched]:
    """Take so many lines."""
    async with patience.within(5):
        return [await watch.__anext__() for _ in range(count)]  # type: ignore[attr-defined]


async def test_one_watcher_hears_one_call_another_all() -> None:
    """In order, with the call's id and the time; the one call's lines end with it."""
    watches = Watches()
    with watches.opened("c1", 10) as one, watches.opened(None, 10) as everything:
        watches.tell("c1", CallBegan(view("c1")))
        for call in ("c1", "c2"):
            watches.listener(call)(Answer(), 0.0)
        watches.tell("c1", CallOver(view("c1"), GONE))
        watches.listener("c1")(Digit("5"), 0.0)  # a straggler
        watches.listener("c2")(Answered(), 0.0)
        async with patience.within(5):
            heard = [line async for line in one]
        assert [type(line.event) for line in heard] == [CallBegan, Answer, CallOver]
        assert {line.call for line in heard} == {"c1"}
        assert all((datetime.now(UTC) - line.at).total_seconds() < 60 for line in heard)
        assert [line.call for line in await taken(everything, 6)] == ["c1", "c1", "c2", "c1", "c1", "c2"]


async def test_sound_and_ticks_are_left_out() -> None:
    """Fifty lines a second of a call would tell nobody anything."""
    watches = Watches()
    with watches.opened(None, 10) as watch:
        notify = ListenerGroup(watches.listener("c1"))
        for event in (Tick(), AgentAudio("r", "i", bytes(960)), Play("i", bytes(960)), Answer()):
            notify(event, 0.0)
        assert [line.event for line in await taken(watch, 1)] == [Answer()]


async def test_a_call_is_told_of_only_while_somebody_watches() -> None:
    """Whoever comes in the middle of it, or again, hears what happens from then on."""
    watches = Watches()
    listener = watches.listener("c1")
    for _ in range(2):
        assert not listener.hears
        with watches.opened(None, 10), watches.opened("c1", 10):
            assert {Answer, Answered, Digit} <= listener.hears


async def test_who_is_slow_loses_the_oldest_and_is_told_how_many() -> None:
    """What is kept is bounded; the gap stands where it is."""
    watches = Watches()
    with watches.opened(None, 3) as watch:
        for key in "1234567":
            watches.listener("c1")(Digit(key), 0.0)
        assert [(line.event, line.lost) for line in await taken(watch, 2)] == [
            (Digit("5"), 4),
            (Digit("6"), 0),
        ]
        for key in "890":
            watches.listener("c1")(Digit(key), 0.0)
        assert [(line.event, line.lost) for line in await taken(watch, 3)] == [
            (Digit("8"), 1),
            (Digit("9"), 0),
            (Digit("0"), 0),
        ]


async def test_one_who_waits_is_woken() -> None:
    """A line comes as it happens."""
    watches = Watches()
    with watches.opened(None, 3) as watch:
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(taken(watch, 1))
            await asyncio.sleep(0)
            watches.listener("c1")(Answer(), 0.0)
        assert [line.event for line in waiting.result()] == [Answer()]


async def test_the_end_of_a_process_ends_every_watch() -> None:
    """Behind what is kept."""
    watches = Watches()
    with watches.opened(None, 3) as watch:
        watches.listener("c1")(Answer(), 0.0)
        watches.close()
        async with patience.within(5):
            assert [line.event async for line in watch] == [Answer()]


async def test_who_has_left_is_told_nothing() -> None:
    """Nothing is kept for a watcher who is gone."""
    watches = Watches()
    with watches.opened(None, 3) as watch:
        pass
    watches.listener("c1")(Answer(), 0.0)
    watches.close()
    watch.close()
    assert [line async for line in watch] == []
