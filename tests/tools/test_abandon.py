"""Somebody else's coroutine does not hold up a call."""

from __future__ import annotations

import asyncio

import pytest

from gateway.tools.abandon import abandonable
from tests.equipment import patience


class Work:
    """Takes notice of being cancelled, or not."""

    def __init__(self, *, clings: bool) -> None:
        self.began, self.cancelled, self.enough = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._clings = clings

    async def run(self) -> str:
        self.began.set()
        while not self.enough.is_set():
            try:
                await self.enough.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                if not self._clings:
                    raise
        return "done"


async def test_a_result_and_an_error_come_through() -> None:
    """As if it had been awaited."""
    work = Work(clings=False)
    work.enough.set()
    assert await abandonable(work.run()) == "done"

    async def fail() -> None:
        raise LookupError("x")

    with pytest.raises(LookupError):
        await abandonable(fail())


@pytest.mark.parametrize("clings", [False, True])
async def test_who_is_cancelled_waits_no_longer(clings: bool) -> None:
    """The work is cancelled, too; what it makes of that is its own affair."""
    work = Work(clings=clings)
    async with patience.within(5), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(abandonable(work.run()))
        await work.began.wait()
        waiting.cancel()
    assert waiting.cancelled()
    async with patience.within(5):
        await work.cancelled.wait()
    work.enough.set()
    await asyncio.sleep(0)


class Weird(BaseException):
    """What nobody catches, and nobody can write out."""

    def __repr__(self) -> str:
        raise ValueError("no")

    __str__ = __repr__


@pytest.mark.parametrize(
    "raised",
    [
        SystemExit(1),
        KeyboardInterrupt(),
        asyncio.CancelledError(),
        GeneratorExit(),
        Weird(),
        BaseExceptionGroup("a group", [KeyboardInterrupt()]),
    ],
    ids=lambda raised: type(raised).__name__,
)
async def test_nothing_ends_more_than_the_work(raised: BaseException) -> None:
    """Neither the event loop nor whoever waits."""

    async def end() -> None:
        raise raised

    with pytest.raises(RuntimeError):
        await abandonable(end())
