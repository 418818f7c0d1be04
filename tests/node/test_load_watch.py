"""What is measured of a process, and what the guard is told of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.media.media_port import ClockStats
from gateway.node import load_limit, load_watch
from gateway.node.load_watch import LoadWatch, cores
from tests.equipment import patience


class CountingGuard:
    """Keeps what it is told; `late` calls were one too many."""

    def __init__(self) -> None:
        self.told: list[tuple[int, bool]] = []
        self.refused = 0

    def admit(self, calls: int, full: bool) -> None:
        """Take a word."""
        self.told.append((calls, full))

    def refused_for_load(self) -> int:
        """Return the count, once."""
        refused, self.refused = self.refused, 0
        return refused


async def until(fact: Callable[[], bool]) -> None:
    """Wait for something that another task does."""
    async with patience.within(5):
        while True:
            if fact():
                return
            await asyncio.sleep(load_watch.LOOK_EVERY_S / 5)


def clock() -> ClockStats:
    """Return one that is never late."""
    return ClockStats(round(time.monotonic() * 50), 0, 0, 0, 0, 100, 1000, "normal")


async def test_a_process_that_computes_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its calls are refused, which is said once, with what to do; the end of the watch is the end of that."""
    monkeypatch.setattr(load_limit, "COST_S", 0.1)
    guard = CountingGuard()
    guard.refused = 3
    watch = LoadWatch(guard, lambda: 20, clock)
    with capture_logs() as lines:
        task = asyncio.get_running_loop().create_task(watch.run())
        async with patience.within(10):
            while not (guard.told and guard.told[-1] == (0, True)):
                enough = time.thread_time() + 0.05
                while time.thread_time() < enough:
                    pass
                await asyncio.sleep(0)
        guard.refused = 4
        await until(lambda: not guard.refused)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert guard.told[-1] == (-1, False)
    assert watch.refused == 7
    assert watch.room is not None
    assert [(line["event"], line["refused"], line["calls"]) for line in lines] == [("load.too_high", 3, 20)]


async def test_a_process_at_rest_looks_less_often_until_a_call_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many may come until it looks again as otherwise; then as many as can be handled at once."""
    monkeypatch.setattr(load_watch, "AT_REST_S", 1.0)
    guard = CountingGuard()
    watch = LoadWatch(guard, lambda: 0, clock)
    task = asyncio.get_running_loop().create_task(watch.run())
    await until(lambda: len(guard.told) > 1)
    assert set(guard.told) == {(10 * load_limit.AT_ONCE, False)}
    monkeypatch.setattr(load_watch, "AT_REST_S", 3600.0)
    await until(lambda: guard.told[-1] == (36_000 * load_limit.AT_ONCE, False))
    guard.told.clear()
    watch.call_comes()
    await until(lambda: len(guard.told) > 1)
    task.cancel()
    assert guard.told[0] == (load_limit.AT_ONCE, False)


@pytest.mark.parametrize(
    ("quota", "share"), [("50000 100000", 0.5), ("max 100000", None), ("", None), (None, None)]
)
def test_the_cores_of_a_container(tmp_path: Path, quota: str | None, share: float | None) -> None:
    """A part of one if it is bound to that; else those that it may run on."""
    file = tmp_path / "cpu.max"
    if quota is not None:
        file.write_text(quota, encoding="ascii")
    assert cores(file) == (share if share is not None else cores(tmp_path / "none"))
    assert cores(tmp_path / "none") >= 1
