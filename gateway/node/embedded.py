"""The embedded agent's server as a child process: started, watched, restarted, ended with us.

Its engines are heavy and have an interpreter of their own; the gateway reaches it over a WebSocket like any
other model. It speaks our log format on our stderr.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import sys

import structlog

from gateway.dialplan import Agent, Dialplan, Inline, Menu
from gateway.dialplan.model import Action
from gateway.dialplan.spoken import is_embedded, needs_embedded_voice
from gateway.errors import LocalPortInUse
from gateway.local.server.settings import BACKLOG, READY
from gateway.port_owner import in_use
from gateway.signals import tell
from gateway.tasks import within

log = structlog.get_logger(__name__)

READY_WITHIN = 60.0
"""Seconds its engines may take to load on a slow machine before it is started anew."""
BACK_OFF = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before each restart in a row: calls wait for the first. The last one goes on for ever."""
HEALTHY_AFTER = 10.0
"""Seconds of life after which earlier deaths are forgiven."""
GONE_WITHIN = 3.0
"""Seconds between the polite and the hard end."""


def wanted(plans: Dialplan) -> bool:
    """Return whether some plan lets the embedded agent talk, or its voice speak words of the plan's own."""
    return needs_embedded_voice(plans) or any(
        _talks(plan.action) for plan in plans.plans.values() if not plan.template
    )


def _talks(action: Action) -> bool:
    match action:
        case Agent():
            return any(is_embedded(stage) for stage in (action, *action.fallback))
        case Menu():
            targets = (*action.options.values(), action.otherwise)
            return any(_talks(target.action) for target in targets if isinstance(target, Inline))
        case _:
            return False


class EmbeddedServerProcess:
    """Keeps `gateway local` running at `host:port`; `ready` is set while it is warm.

    The address is ours, and each child is given the socket that listens there: what answers is our child or
    nobody, and whoever connects between two children waits for the next one instead of being refused.
    `failed` is set when it has ended by itself, `missing` when it never will take calls: its speech engines
    are not installed.
    """

    def __init__(self, host: str, port: int, log_level: str = "info", log_numbers: str = "whole") -> None:
        self.host = host
        self.port = port
        self.ready = asyncio.Event()
        self.failed = asyncio.Event()
        self.missing = asyncio.Event()
        self._logs = {"GATEWAY_LOG_LEVEL": log_level, "GATEWAY_LOG_NUMBERS": log_numbers}
        self._process: asyncio.subprocess.Process | None = None

    async def run(self) -> None:
        """Start, watch and restart until cancelled, or until `missing`; the child never outlives us.

        Raises LocalPortInUse when the address cannot be had: calls must not be sent to a stranger.
        """
        with await self._listen() as listening:
            deaths = 0
            loop = asyncio.get_running_loop()
            while True:
                born = loop.time()
                try:
                    status = await self._live(listening.fileno())
                finally:
                    self.ready.clear()
                    await self._end()
                self.failed.set()
                if status == os.EX_UNAVAILABLE:  # it has said what to install
                    self.missing.set()
                    return
                deaths = 1 if loop.time() - born >= HEALTHY_AFTER else deaths + 1
                pause = BACK_OFF[min(deaths, len(BACK_OFF)) - 1]
                log.error("embedded.ended", status=status, in_seconds=pause)
                await asyncio.sleep(pause)

    async def _listen(self) -> socket.socket:
        """Take the address; the child of a gateway that was killed a moment ago may leave it first."""
        where = f"the embedded agent's address {self.host}:{self.port}"
        loop = asyncio.get_running_loop()
        try:
            async with within(GONE_WITHIN):
                found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
                while True:
                    try:
                        return socket.create_server(found[0][4], family=found[0][0], backlog=BACKLOG)
                    except OSError as error:
                        if error.errno != errno.EADDRINUSE:
                            raise
                    await asyncio.sleep(0.1)
        except TimeoutError:
            told = await asyncio.to_thread(in_use, where, self.port, "--local-listen")
            raise LocalPortInUse(told) from None
        except OSError as error:  # no address of this machine, one that we may not have, no such host
            told = f"{where} cannot be had: {error.strerror}: choose another --local-listen"
            raise LocalPortInUse(told) from None

    async def _live(self, listening: int) -> int | None:
        listen = ("--listen", f"{self.host}:{self.port}", "--companion", str(listening))
        environment = os.environ | self._logs
        # A session of its own: Ctrl-C on the terminal reaches us alone, so that calls can drain first. The
        # pipe tells it of our end however sudden: an orphan would hold the address against our successor.
        self._process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "local", *listen),
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=(listening,),
            start_new_session=True,
        )
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(self._until_ready(process))
            status = await process.wait()
            watch.cancel()
        return status

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        """Set `ready` when it says so; whatever else it prints is let go, so that it never waits for us."""
        assert process.stdout is not None
        said = b""
        try:
            async with within(READY_WITHIN):
                while said != READY and (more := await process.stdout.read(1024)):
                    said = (said + more)[-len(READY) :]
        except TimeoutError:
            log.error("embedded.stuck", seconds=READY_WITHIN)
            self._signal(signal.SIGKILL)
            return
        if said == READY:
            self.ready.set()
        while await process.stdout.read(1024):
            pass

    async def _end(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._signal(signal.SIGTERM)
        try:
            async with within(GONE_WITHIN):
                await self._process.wait()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            tell(self._process, number)
