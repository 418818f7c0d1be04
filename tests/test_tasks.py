"""A task group that leaves nothing to the garbage collector, and time-outs that hold in every task."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Callable, Iterator

import pytest

from gateway.tasks import TaskGroup, Within, until, within


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
    """What it gives is asyncio's own."""
    async with within(0) as limit:
        limit.reschedule(None)
        await asyncio.sleep(0.01)
    assert not limit.expired()
