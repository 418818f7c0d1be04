"""A part of an engine is loaded once, away from the loop, for everybody who needs it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from gateway.local.engines.part import Part


class Heavy:
    """Something that is loaded when it is let, and counts how often."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.loaded: list[int] = []
        self.error: Exception | None = None

    def load(self) -> str:
        self.loaded.append(threading.get_ident())
        self.let.wait(10)
        if self.error is not None:
            raise self.error
        return "part"


async def test_a_part_is_loaded_once() -> None:
    """In another thread, however many wait for it; it is told to be there when it is."""
    heavy = Heavy()
    part = Part(heavy.load)
    assert (part.loaded, heavy.loaded) == (None, [])
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(part.get()) for _ in range(3)]
        await asyncio.sleep(0)
        assert part.loaded is None
        heavy.let.set()
    assert [one.result() for one in waiting] == ["part"] * 3
    assert (part.loaded, await part.get()) == ("part", "part")
    assert len(heavy.loaded) == 1
    assert threading.get_ident() not in heavy.loaded


async def test_whoever_leaves_does_not_stop_it() -> None:
    """The others get it all the same."""
    heavy = Heavy()
    part = Part(heavy.load)
    async with asyncio.TaskGroup() as tasks:
        leaves, stays = tasks.create_task(part.get()), tasks.create_task(part.get())
        await asyncio.sleep(0)
        leaves.cancel()
        await asyncio.sleep(0)
        heavy.let.set()
    assert leaves.cancelled()
    assert stays.result() == "part"


async def test_what_cannot_be_loaded_is_tried_again() -> None:
    """Whoever asks is told why."""
    heavy = Heavy()
    heavy.let.set()
    heavy.error = ValueError("no weights")
    part = Part(heavy.load)
    for _ in range(2):
        with pytest.raises(ValueError, match="no weights"):
            await part.get()
    assert part.loaded is None
    heavy.error = None
    assert await part.get() == "part"
