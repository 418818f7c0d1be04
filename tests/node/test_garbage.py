"""Full collections of cyclic garbage wait until nobody calls."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from gateway.node import garbage
from tests.equipment import patience


@pytest.fixture(autouse=True)
def threshold() -> Iterator[None]:
    """Begin with Python's own, whatever other tests have left; put back what the process had."""
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Return a list that grows with each full collection."""
    found: list[int] = []

    def look(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:
            found.append(info["collected"])

    gc.callbacks.append(look)
    yield found
    gc.callbacks.remove(look)


async def until_collected(full: list[int]) -> None:
    """Wait for a full collection."""
    async with patience.within(10):
        while not full:  # noqa: ASYNC110 - who collects tells nobody
            await asyncio.sleep(0.01)


def grow_old() -> list[list[object]]:
    """Make objects that live, of which all but the last have grown old: half as many more as there are."""
    return [[] for _ in range(200_000 + len(gc.get_objects()) // 2)]


def test_what_is_old_is_left_alone(full: list[int]) -> None:
    """However much of it there is more than before; it is collected by itself otherwise."""
    gc.collect()
    full.clear()
    kept = grow_old()
    assert full
    garbage.leave_old_alone()
    full.clear()
    kept += grow_old()
    assert not full
    assert gc.get_count()[2] > 0


async def test_it_is_looked_through_when_nobody_calls(full: list[int]) -> None:
    """And again only when something has grown old since."""
    calls = 1
    garbage.leave_old_alone()
    kept = grow_old()
    full.clear()
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(garbage.keep_collected(lambda: calls, lambda: calls, every=0.01))
        await asyncio.sleep(0.1)
        assert not full
        calls = 0
        await until_collected(full)
        await asyncio.sleep(0.1)
        assert len(full) == 1
        keeper.cancel()
    assert kept


async def test_it_does_not_wait_for_ever(full: list[int]) -> None:
    """Where somebody always calls, it is done after some thousand calls."""
    taken = 0
    garbage.leave_old_alone()
    kept = grow_old()
    full.clear()
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(garbage.keep_collected(lambda: 1, lambda: taken, every=0.01))
        await asyncio.sleep(0.1)
        assert not full
        taken = garbage.AT_LAST
        await until_collected(full)
        keeper.cancel()
    assert kept
