from __future__ import annotations

import asyncio
from contextlib import ExitStack
from math import inf
from typing import Any

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars

from gateway.conversation import call_clock
from gateway.conversation.call_clock import SLOTS, TICK_S, CallClock
from tests.equipment.patience import within


class Rest:
    """Rests until then."""

    def __init__(self, rests_until: float = -inf) -> None:
        self.rests_until = rests_until


AWAKE = Rest()


async def test_everybody_is_told_that_time_passes() -> None:
    """Each as often as the others, for as long as they want, and again after a time without any."""
    clock = CallClock()
    for _ in range(2):
        told = [0] * 12
        done = asyncio.Event()

        def tick(number: int, told: list[int] = told, done: asyncio.Event = done) -> None:
            told[number] += 1
            if min(told) == 3:
                done.set()

        with ExitStack() as stack:
            for number in range(12):
                stack.enter_context(clock.telling(lambda n=number: tick(n), AWAKE))  # type: ignore[misc]
            async with within(3):
                await done.wait()
        assert max(told) - min(told) <= 1
        before = list(told)
        await asyncio.sleep(TICK_S + 2 * TICK_S / SLOTS)
        assert told == before


async def test_the_first_tick_comes_within_a_period() -> None:
    """Whoever comes alone is in the first group that has its turn, or nearly."""
    told = asyncio.Event()
    began = asyncio.get_running_loop().time()
    with CallClock().telling(told.set, AWAKE):
        async with within(3):
            await told.wait()
    assert asyncio.get_running_loop().time() - began > 0


async def test_who_rests_is_not_told() -> None:
    """Until the rest is over, which may come at any time."""
    clock, rest = CallClock(), Rest(inf)
    told, others = asyncio.Event(), asyncio.Event()
    with clock.telling(told.set, rest), clock.telling(others.set, AWAKE):
        async with within(3):
            await others.wait()
            assert not told.is_set()
            rest.rests_until = -inf
            await told.wait()


async def test_what_is_logged_names_the_call() -> None:
    """A tick runs in the context of the task that wanted it."""
    seen: list[object] = []
    told = asyncio.Event()

    def tick() -> None:
        seen.append(get_contextvars().get("call"))
        told.set()

    clock = CallClock()
    with bound_contextvars(call="a"):
        telling = clock.telling(tick, AWAKE)
        telling.__enter__()
    async with within(3):
        await told.wait()
    telling.__exit__(None, None, None)
    assert seen == ["a"]


async def test_one_may_leave_during_a_tick() -> None:
    """A call that ends with a tick is told no more, and the others are."""
    clock = CallClock()
    told = asyncio.Event()
    with ExitStack() as first, clock.telling(told.set, AWAKE):
        first.enter_context(clock.telling(first.close, AWAKE))
        async with within(3):
            await told.wait()


async def test_whoever_wants_is_told_twice_as_often() -> None:
    """At even distances."""
    clock = CallClock()
    often: list[float] = []
    rarely: list[float] = []
    now = asyncio.get_running_loop().time
    done = asyncio.Event()

    def tick() -> None:
        rarely.append(now())
        if len(rarely) == 4:
            done.set()

    with clock.telling(lambda: often.append(now()), AWAKE, twice=True), clock.telling(tick, AWAKE):
        async with within(5):
            await done.wait()
    assert len(often) >= 2 * len(rarely) - 2


@pytest.mark.parametrize(("together", "turns"), [(12, 1), (6, 2), (4, 3), (3, 4), (1, 4)])
async def test_a_loop_is_woken_once_for_many(
    together: int, turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As often as they are to be told, or there are too many of them for one turn."""
    loop = asyncio.get_running_loop()
    woken = 0
    call_at = loop.call_at

    def counted(*given: Any, **more: Any) -> asyncio.TimerHandle:
        nonlocal woken
        woken += 1
        return call_at(*given, **more)

    monkeypatch.setattr(call_clock, "TOGETHER", together)
    clock, told = CallClock(), [0] * 12
    done = asyncio.Event()

    def tick(number: int) -> None:
        told[number] += 1
        if min(told) == 3:
            done.set()

    async with within(5):
        with monkeypatch.context() as here, ExitStack() as stack:
            here.setattr(loop, "call_at", counted)
            for number in range(12):
                stack.enter_context(clock.telling(lambda n=number: tick(n), AWAKE))  # type: ignore[misc]
            await done.wait()
    assert 3 * turns <= woken <= 4 * turns
