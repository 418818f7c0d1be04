"""One worker process: watched, and begun again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.node.workers import worker as module
from gateway.node.workers.worker import WorkerProcess
from tests.equipment import patience
from tests.equipment.process import python


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACK_OFF", (0.0, 0.05))


@asynccontextmanager
async def running(folder: Path, habit: str = "") -> AsyncIterator[tuple[WorkerProcess, asyncio.Task[None]]]:
    """Keep a pretended worker running for as long as the block lasts."""
    command = python("-m", "tests.equipment.pretend_worker", str(folder / "pids"), habit)
    worker = WorkerProcess(0, command, folder)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(worker.run())
        yield worker, task
        task.cancel()


async def ready(worker: WorkerProcess) -> int:
    """Wait until it takes calls; return its pid."""
    async with patience.within(20):
        await worker.ready.wait()
    assert worker.pid is not None
    return worker.pid


async def until(holds: Callable[[], object]) -> None:
    """Wait for something."""
    async with patience.within(20):
        while not holds():  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(0.02)


def begun(folder: Path) -> list[int]:
    """Return all that were begun."""
    return [int(line) for line in (folder / "pids").read_text(encoding="ascii").split()]


async def test_one_that_is_killed_is_begun_again(tmp_path: Path) -> None:
    """Whatever was the cause; it is logged, with how it ended."""
    with capture_logs() as lines:
        async with running(tmp_path) as (worker, _):
            first = await ready(worker)
            os.kill(first, signal.SIGKILL)
            await until(lambda: worker.pid not in {first, None})
            second = await ready(worker)
    assert begun(tmp_path) == [first, second]
    assert [(line["event"], line["status"]) for line in lines] == [("worker.ended", -signal.SIGKILL)]


async def test_one_that_is_being_begun_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is told as well: nobody waits for it for ever."""
    begin = asyncio.create_subprocess_exec

    async with running(tmp_path) as (worker, task):
        first = await ready(worker)

        async def begin_as_all_end(*command: str, **how: Any) -> asyncio.subprocess.Process:
            process = await begin(*command, **how)
            worker.end()
            return process

        monkeypatch.setattr(asyncio, "create_subprocess_exec", begin_as_all_end)
        os.kill(first, signal.SIGKILL)
        async with patience.within(20):
            await asyncio.wait((task,))
    assert worker.pid is None


async def test_one_that_cannot_stay_up(tmp_path: Path) -> None:
    """Is begun again and again."""
    async with running(tmp_path, "dies") as (worker, _):
        await until(lambda: (tmp_path / "pids").exists() and len(begun(tmp_path)) > 2)
        assert worker.began


async def test_one_that_cannot_even_begin(tmp_path: Path) -> None:
    """Is not begun again."""
    async with running(tmp_path, "fails") as (worker, task):
        async with patience.within(20):
            await task
        assert (worker.began, worker.status) == (False, 3)


@pytest.mark.parametrize("habit", ["never", "deaf"])
async def test_one_that_is_stuck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, habit: str) -> None:
    """Before it was ready or afterwards: it is killed, and begun again."""
    monkeypatch.setattr(module, "READY_WITHIN", 3.0 if habit == "deaf" else 1.0)
    monkeypatch.setattr(module, "ALIVE_EVERY_S", 0.3)
    with capture_logs() as lines:
        async with running(tmp_path, habit) as (worker, task):
            if habit == "never":
                async with patience.within(20):
                    await task
            else:
                first = await ready(worker)
                await until(lambda: worker.pid not in {first, None})
    assert "worker.stuck" in [line["event"] for line in lines]


async def test_one_that_is_replaced(tmp_path: Path) -> None:
    """It ends by itself, and the other is ready when that is told; no death is logged."""
    with capture_logs() as lines:
        async with running(tmp_path, "slow") as (worker, _):
            first = await ready(worker)
            async with patience.within(20):
                await worker.replace()
            assert worker.ready.is_set()
            assert worker.pid not in {first, None}
    assert lines == []


async def test_one_that_is_ended(tmp_path: Path) -> None:
    """Comes to its end, and no other is begun."""
    async with running(tmp_path) as (worker, task):
        await ready(worker)
        worker.end()
        async with patience.within(20):
            await task
        assert (worker.status, len(begun(tmp_path))) == (0, 1)


async def test_one_that_does_not_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is killed when the time is over that it has asked for."""
    monkeypatch.setattr(module, "GONE_AFTER_S", 0.1)
    monkeypatch.setattr(module, "ALIVE_EVERY_S", 0.4)
    async with running(tmp_path, "stays") as (worker, task):
        await ready(worker)
        worker.end()
        async with patience.within(20):
            await task
        assert worker.status == -signal.SIGKILL


async def test_nobody_is_left_behind(tmp_path: Path) -> None:
    """When we are cancelled."""
    async with running(tmp_path) as (worker, _):
        pid = await ready(worker)
    await until(lambda: not Path(f"/proc/{pid}").exists())
