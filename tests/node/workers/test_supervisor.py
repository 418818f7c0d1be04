"""All workers together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.node.workers import supervisor as module
from gateway.node.workers.supervisor import Supervisor, WorkerFailed
from gateway.node.workers.worker import WorkerProcess
from tests.equipment import patience
from tests.equipment.process import python
from tests.node.workers.test_worker import begun, until


async def _well() -> bool:
    return True


def made(
    folder: Path,
    *habits: str,
    replaced_within: float = 60.0,
    could_begin: Callable[[], Awaitable[bool]] = _well,
) -> Supervisor:
    """Return a supervisor of pretended workers with these habits."""
    script = ("-m", "tests.equipment.pretend_worker", str(folder / "pids"))
    workers = [WorkerProcess(number, python(*script, habit), folder) for number, habit in enumerate(habits)]
    return Supervisor(workers, replaced_within, could_begin)


@asynccontextmanager
async def running(supervisor: Supervisor) -> AsyncIterator[asyncio.Task[None]]:
    """Run it until it ends."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(supervisor.run())
        async with patience.within(20):
            await supervisor.ready()
        yield task
        task.cancel()


@pytest.fixture(autouse=True)
def _no_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EDGE_LOOKS_S", 0.05)


async def test_all_end_together(tmp_path: Path) -> None:
    """When they are told to."""
    supervisor = made(tmp_path, "", "slow")
    async with running(supervisor) as task:
        supervisor.end()
        async with patience.within(20):
            await task
    assert [worker.status for worker in supervisor.workers] == [0, 0]


async def test_one_after_the_other_is_replaced(tmp_path: Path) -> None:
    """So that there is always one that takes calls."""
    supervisor = made(tmp_path, "slow", "slow")
    with capture_logs() as lines:
        async with running(supervisor):
            before = [worker.pid for worker in supervisor.workers]
            least = len(before)
            supervisor.restart()
            async with patience.within(30):
                while not [line for line in lines if line["event"] == "workers.restarted"]:
                    least = min(least, sum(worker.ready.is_set() for worker in supervisor.workers))
                    await asyncio.sleep(0.01)
            assert least == 1
            after = [worker.pid for worker in supervisor.workers]
    assert set(before).isdisjoint(after)
    assert [line["event"] for line in lines] == ["workers.restarting", "workers.restarted"]


async def test_a_replacement_that_does_not_come(tmp_path: Path) -> None:
    """The others stay as they are."""
    supervisor = made(tmp_path, "slow", "", replaced_within=0.2)
    with capture_logs() as lines:
        async with running(supervisor):
            other = supervisor.workers[1].pid
            supervisor.restart()
            await until(lambda: [line for line in lines if line["event"] == "workers.not_restarted"])
            assert supervisor.workers[1].pid == other
    assert len(begun(tmp_path)) <= 3


async def test_others_that_could_not_begin(tmp_path: Path) -> None:
    """Those that are there go on, until it is asked again when all is well."""
    mistakes = [True]

    async def could_begin() -> bool:
        return not mistakes

    supervisor = made(tmp_path, "", "", could_begin=could_begin)
    with capture_logs() as lines:
        async with running(supervisor):
            before = [worker.pid for worker in supervisor.workers]
            supervisor.restart()
            await until(lambda: [line for line in lines if line["event"] == "workers.not_restarted"])
            assert [worker.pid for worker in supervisor.workers] == before
            mistakes.clear()
            supervisor.restart()
            await until(lambda: [line for line in lines if line["event"] == "workers.restarted"])
    assert [line["event"] for line in lines] == [
        "workers.not_restarted",
        "workers.restarting",
        "workers.restarted",
    ]


async def test_one_that_cannot_begin(tmp_path: Path) -> None:
    """Is the end of all: whoever started us is to see it."""
    supervisor = made(tmp_path, "", "fails")
    with pytest.raises(ExceptionGroup) as fault:
        async with patience.within(20):
            await supervisor.run()
    assert fault.group_contains(WorkerFailed, match="worker 1 could not begin")
