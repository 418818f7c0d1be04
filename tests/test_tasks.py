"""A task group that leaves nothing to the garbage collector, and time-outs that hold in every task."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
import weakref
from collections.abc import Callable, Iterator

import pytest

from gateway.tasks import (
    LATE_S,
    LOOKS_S,
    TOGETHER_S,
    TaskGroup,
    Within,
    answer_of,
    next_look,
    together,
    until,
    until_next_look,
    within,
)


class Call:
    """Something large that lives in the frame around a group."""


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def _broken(call: Call) -> None:
    async with TaskGroup() as tasks:
        tasks.create_task(asyncio.sleep(10))
        raise ValueError(type(call))


async def test_what_was_around_a_broken_group_is_let_go() -> None:
    """The error is told on."""
    call = Call()
    there = weakref.ref(call)
    with contextlib.suppress(ExceptionGroup):
        await _broken(call)
    del call
    assert there() is None


@pytest.mark.parametrize(
    "limit", [lambda: within(0.01), lambda: until(asyncio.get_running_loop().time() + 0.01)]
)
async def test_time_is_up_in_a_cancelled_task_too(limit: Callable[[], Within]) -> None:
    """What follows the time-out in a clean-up is done, and the task is cancelled all the same."""
    done = []

    async def clean_up() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            try:
                async with limit():
                    await asyncio.Event().wait()
            except TimeoutError:
                done.append("hard end")

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(clean_up())
        await asyncio.sleep(0)
        task.cancel()
    assert task.cancelled()
    assert done == ["hard end"]


@pytest.mark.parametrize("before", [False, True])
async def test_a_cancellation_within_the_time_is_none_of_its_business(before: bool) -> None:
    """Whoever cancels the task meanwhile is not told that time was up."""
    waiting = asyncio.Event()

    async def wait() -> None:
        try:
            if before:
                await asyncio.Event().wait()
        finally:
            async with within(60):
                waiting.set()
                await asyncio.Event().wait()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(wait())
        await asyncio.sleep(0)
        if before:
            task.cancel()
        await waiting.wait()
        task.cancel()
    assert task.cancelled()


async def test_a_limit_can_be_moved() -> None:
    """And taken away."""
    async with within(0) as limit:
        limit.reschedule(None)
        await asyncio.sleep(0.01)
    assert not limit.expired


async def test_an_answer_that_is_there_when_its_time_is_up() -> None:
    """Is taken: the process was late to look, not whoever was asked."""
    ready = asyncio.Event()

    async def question() -> int:
        for _ in range(5):  # an answer passes several hands
            await ready.wait()
            await asyncio.sleep(0)
        return 7

    loop = asyncio.get_running_loop()
    loop.call_soon(ready.set)
    loop.call_soon(time.sleep, 0.1)  # noqa: TID251 - a machine that has no time for us
    assert await answer_of(question(), 0.05) == 7


async def test_an_answer_that_does_not_come() -> None:
    """Is waited for no longer; what was wrong with one that came is raised as it is."""

    async def wrong() -> int:
        raise ValueError("seven")

    with pytest.raises(TimeoutError, match=r"no answer within 0\.01 s"):
        await answer_of(asyncio.Event().wait(), 0.01)
    with pytest.raises(ValueError, match="seven"):
        await answer_of(wrong(), 1.0)


async def test_who_does_not_wait_for_an_answer_any_more() -> None:
    """Leaves nobody waiting."""
    asked = asyncio.Event()
    left = asyncio.Event()

    async def question() -> None:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(answer_of(question(), 60.0))
        await asked.wait()
        waiting.cancel()
    assert left.is_set()


def test_timers_that_may_come_together_do() -> None:
    """No later than a tenth of a second, and never sooner."""
    assert {round(together(at), 6) for at in (10.401, 10.41, 10.499, 10.6)} == {10.6}
    assert together(10.01, exact_before=11.0) == 10.01
    assert together(10.01, every=0.5) == 10.5
    assert all(at <= together(at) <= at + TOGETHER_S for at in (0.0, 3.14159, 86_400.02))


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.5, 30.0])
def test_who_looks_from_time_to_time_wakes_with_the_others(seconds: float) -> None:
    """At common moments, evenly from the first on, and up to half a second sooner; never at once."""
    for began in (7.0, 7.123, 7.499, 86_400.97):
        first = next_look(began, seconds)
        assert began < first
        assert began + seconds - LOOKS_S <= first <= began + seconds + LATE_S
        for late in (0.0, 0.002, -0.002):  # a loop counts milliseconds
            assert next_look(first + late, seconds) == pytest.approx(first + seconds)
        assert first % LOOKS_S == 0


def test_who_looks_often_does_so_exactly() -> None:
    """Nobody else's moment is near enough."""
    assert next_look(7.123, 0.05) == pytest.approx(7.173)


async def test_a_look_comes_after_a_while() -> None:
    """The wait is for a moment that `next_look` names."""
    now = asyncio.get_running_loop().time
    due = next_look(now(), 0.02)
    await until_next_look(0.02)
    assert now() >= due - 0.001
