"""One worker process: started, watched, and started again when it ends without having been asked to."""

from __future__ import annotations

import asyncio
import math
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from gateway.node.workers.notices import Notices
from gateway.signals import tell
from gateway.tasks import until_next_look, within

LEAVES_IN = "EXTEND_TIMEOUT_USEC="
log = structlog.get_logger(__name__)

BACK_OFF = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before each restart in a row: calls wait for the first. The last one goes on for ever."""
HEALTHY_AFTER = 10.0
"""Seconds of life after which earlier deaths are forgiven."""
ALIVE_EVERY_S = 10.0
"""Seconds within which a worker that serves calls gives a sign of life; three missing ones are its end."""
GONE_AFTER_S = 10.0
"""Seconds after the time that a worker asked for to leave in: what is still there then is killed."""
READY_WITHIN = 90.0
"""Seconds until a worker takes calls on a slow machine; then it is started anew."""


class WorkerProcess:
    """Keeps `command` running. `ready` is set while it takes calls; each of `on_end` is told each end."""

    def __init__(
        self,
        number: int,
        command: Sequence[str],
        folder: Path,
        *on_end: Callable[[str], None],
    ) -> None:
        self.number = number
        self.ready = asyncio.Event()
        self.began = False
        """It has taken calls at least once."""
        self.status: int | None = None
        """How its last process ended."""
        self._command = tuple(command)
        self._on_end = on_end
        self._notices = Notices(folder / f"worker-{number}", ALIVE_EVERY_S, self._heard)
        self._process: asyncio.subprocess.Process | None = None
        self._seen = 0.0
        self._leaving = False  # of its own will, or ours: it is not to be watched any more
        self._gone_by = math.inf
        self._replaced = False
        self._over = False

    @property
    def pid(self) -> int | None:
        """The process there is now."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def run(self) -> None:
        """Keep it running until `end`; what runs when this is cancelled is killed."""
        await self._notices.listen()
        loop, deaths = asyncio.get_running_loop(), 0
        try:
            while not self._over:
                born = loop.time()
                self._replaced = False
                self.status = await self._live()
                if self._over or self._replaced:
                    continue
                if not self.began:
                    return  # it has said why it cannot even begin
                deaths = 1 if loop.time() - born >= HEALTHY_AFTER else deaths + 1
                pause = BACK_OFF[min(deaths, len(BACK_OFF)) - 1]
                log.error("worker.ended", worker=self.number, status=self.status, in_seconds=pause)
                await asyncio.sleep(pause)
        finally:
            self._notices.close()

    async def replace(self) -> None:
        """Let its calls end, as a stop does; return when another process takes calls in its place."""
        self._replaced = True
        self.ready.clear()
        self.signal(signal.SIGTERM)
        await self.ready.wait()

    def end(self) -> None:
        """Let its calls end, and begin no other; a second time: end them now."""
        self._over = True
        self.signal(signal.SIGTERM)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, if there is one."""
        if self._process is not None:
            tell(self._process, number)

    async def _live(self) -> int:
        """Run one process to its end."""
        environment = {name: value for name, value in os.environ.items() if name != "WATCHDOG_PID"}
        self._leaving, self._seen, self._gone_by = False, asyncio.get_running_loop().time(), math.inf
        # A session of its own: Ctrl-C on the terminal reaches us alone. The pipe tells it of our end.
        self._process = process = await asyncio.create_subprocess_exec(
            *self._command,
            env=environment | self._notices.environment,
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        if self._over:  # it was being started when all were told to end
            self.signal(signal.SIGTERM)
        try:
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(self._watch())
                status = await process.wait()
                watch.cancel()
        finally:
            self.ready.clear()
            if process.returncode is None:
                tell(process, signal.SIGKILL)
                await process.wait()
            for told in self._on_end:
                told(str(self.number))
        return status

    async def _watch(self) -> None:
        """End a process that gives no sign of life."""
        loop = asyncio.get_running_loop()
        try:
            async with within(READY_WITHIN):
                await self.ready.wait()
            while True:
                await until_next_look(ALIVE_EVERY_S / 4)
                silent = not self._leaving and loop.time() - self._seen > 3 * ALIVE_EVERY_S
                if silent or loop.time() > self._gone_by:
                    break
        except TimeoutError:
            pass
        log.error("worker.stuck", worker=self.number)
        self.signal(signal.SIGKILL)

    def _heard(self, line: str) -> None:
        self._seen = asyncio.get_running_loop().time()
        if line == "READY=1":
            self.began = True
            self.ready.set()
        elif line == "STOPPING=1":
            self._leaving = True
            self.ready.clear()
        elif line.startswith(LEAVES_IN):
            leaves_in = int(line.removeprefix(LEAVES_IN)) / 1e6
            self._gone_by = asyncio.get_running_loop().time() + leaves_in + GONE_AFTER_S
