"""All workers together: started at once, ended together, and replaced one after the other."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence

import structlog

from gateway.errors import GatewayError
from gateway.node.workers.share import EDGE_LOOKS_S
from gateway.node.workers.worker import WorkerProcess
from gateway.tasks import within

log = structlog.get_logger(__name__)


class WorkerFailed(GatewayError):
    """A worker could not even begin; it has said why."""


class Supervisor:
    """Of these workers. `replaced_within`: seconds that one may take to end its calls and begin anew.

    `could_begin`: whether a process that is started now would find all that it needs.
    """

    def __init__(
        self,
        workers: Sequence[WorkerProcess],
        replaced_within: float,
        could_begin: Callable[[], Awaitable[bool]],
    ) -> None:
        self.workers = tuple(workers)
        self._replaced_within = replaced_within
        self._could_begin = could_begin
        self._wanted = asyncio.Event()

    async def run(self) -> None:
        """Keep them running until `end`. Raises WorkerFailed when one of them cannot even begin."""
        async with asyncio.TaskGroup() as tasks:
            restarting = tasks.create_task(self._restarts())
            running = [tasks.create_task(self._run(worker)) for worker in self.workers]
            await asyncio.wait(running)
            restarting.cancel()

    async def _run(self, worker: WorkerProcess) -> None:
        await worker.run()
        if not worker.began and worker.status:
            raise WorkerFailed(f"worker {worker.number} could not begin (exit code {worker.status})")

    async def ready(self) -> None:
        """Wait until all of them take calls."""
        for worker in self.workers:
            await worker.ready.wait()

    def end(self) -> None:
        """Let all calls end; a second time: now."""
        for worker in self.workers:
            worker.end()

    def reload(self) -> None:
        """Have them read their plans and certificates again."""
        for worker in self.workers:
            worker.signal(signal.SIGHUP)

    def restart(self) -> None:
        """Replace them one after the other; asked for again meanwhile it is done again afterwards."""
        self._wanted.set()

    async def _restarts(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            if not await self._could_begin():
                log.error("workers.not_restarted")
                continue
            log.info("workers.restarting", workers=len(self.workers))
            for worker in self.workers:
                if not await self._replace(worker):
                    log.error("workers.not_restarted", worker=worker.number)
                    break
                await asyncio.sleep(EDGE_LOOKS_S)
            else:
                log.info("workers.restarted", workers=len(self.workers))

    async def _replace(self, worker: WorkerProcess) -> bool:
        """Return whether another process takes calls in its place: otherwise the rest stay as they are."""
        try:
            async with within(self._replaced_within):
                await worker.replace()
        except TimeoutError:
            return False
        return True
