from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
import structlog

from gateway.local.engines.pool import FairPool
from tests.equipment import patience


class Worker:
    """Work that waits until it is let go, and remembers in which order it was begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go = threading.Event()
        self.started = threading.Event()

    def job(self, name: str) -> Any:
        def work() -> str:
            self.begun.append(name)
            self.started.set()
            assert self.go.wait(patience.seconds(5))
            return name

        return work


async def queue(
    pool: FairPool, group: asyncio.TaskGroup, worker: Worker, *jobs: tuple[str, str]
) -> list[Any]:
    tasks = [group.create_task(pool.run(who, worker.job(name))) for who, name in jobs]
    await asyncio.to_thread(worker.started.wait, patience.seconds(5))
    return tasks


async def test_one_session_does_not_hold_up_another() -> None:
    """Whoever has waited longest for a turn is next, however much another has queued."""
    worker, pool = Worker(), FairPool("test", 1)
    async with asyncio.TaskGroup() as group:
        jobs = [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1"), ("b", "b2")]
        await queue(pool, group, worker, *jobs)
        worker.go.set()
    assert worker.begun == ["a1", "a2", "b1", "c1", "a3", "b2"]
    pool.close()


async def test_results_and_mistakes_come_back() -> None:
    """A job's value or exception reaches who asked."""
    pool = FairPool("test", 2)
    assert await pool.run("a", lambda: 3) == 3

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await pool.run("a", fail)
    pool.close()


async def test_giving_up_a_place() -> None:
    """Work nobody waits for any more is not begun."""
    worker, pool = Worker(), FairPool("test", 1)
    async with asyncio.TaskGroup() as group:
        _, second, _ = await queue(pool, group, worker, ("a", "a1"), ("a", "a2"), ("b", "b1"))
        second.cancel()
        await asyncio.wait([second])
        worker.go.set()
    assert worker.begun == ["a1", "b1"]
    pool.close()


async def test_queueing_is_logged() -> None:
    """Who waits longer than callers notice is named in the log."""
    now = [0.0]
    worker, pool = Worker(), FairPool("recognition", 1, clock=lambda: now[0])
    with structlog.testing.capture_logs() as logs:
        async with asyncio.TaskGroup() as group:
            await queue(pool, group, worker, ("a", "a1"), ("b", "b1"))
            now[0] = 0.25
            worker.go.set()
    late = [line for line in logs if line["event"] == "engine.queued"]
    assert [(line["session"], line["waited_ms"]) for line in late] == [("b", 250)]
    pool.close()
