"""The control API's process: a child of the gateway, kept running beside it, and never in a call's way.

It has an interpreter of its own and asks over the control socket, so that whatever is asked of it costs no
call more than a line. It is started when calls are answered already, and runs below the gateway's priority.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from gateway.errors import BadInput
from gateway.node.api_settings import ApiSettings
from gateway.node.api_tokens import TokenFile
from gateway.port_owner import in_use
from gateway.signals import tell
from gateway.tasks import within

log = structlog.get_logger(__name__)

BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before each restart in a row, the last one for ever."""
HEALTHY_AFTER = 10.0
"""Seconds of life after which earlier deaths are forgiven."""
ADDRESS_AGAIN = 10.0
"""Seconds before an address is tried again that cannot be had."""
GONE_WITHIN = 3.0
"""Seconds between the polite and the hard end."""
BACKLOG = 128


@contextlib.asynccontextmanager
async def kept(
    settings: ApiSettings | None, settings_file: Path | None, log_level: str, *, control: Path | None
) -> AsyncIterator[None]:
    """Keep the API running for as long as the block lasts, if there is to be one."""
    if settings is None or control is None:
        yield
        return
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(_ApiProcess(settings, settings_file, log_level).run())
        yield
        keeper.cancel()


class _ApiProcess:
    def __init__(self, settings: ApiSettings, settings_file: Path | None, log_level: str) -> None:
        self._settings = settings
        self._command: tuple[str, ...] = (sys.executable, "-m", "gateway", "api")
        self._command += () if settings_file is None else ("--config", str(settings_file))
        self._environment = os.environ | {"GATEWAY_LOG_LEVEL": log_level}
        self._process: asyncio.subprocess.Process | None = None

    async def run(self) -> None:
        """Start, watch and restart until cancelled; the address is ours as long as we live."""
        with await self._listen() as listening:
            address, port = listening.getsockname()[:2]
            await self._announce(f"http://{f'[{address}]' if ':' in address else address}:{port}")
            deaths, loop = 0, asyncio.get_running_loop()
            while True:
                born = loop.time()
                try:
                    status = await self._live(listening.fileno())
                finally:
                    await self._end()
                deaths = 1 if loop.time() - born >= HEALTHY_AFTER else deaths + 1
                pause = BACK_OFF[min(deaths, len(BACK_OFF)) - 1]
                log.error("api.ended", status=status, in_seconds=pause)
                await asyncio.sleep(pause)

    async def _listen(self) -> socket.socket:
        """Take the address. One that cannot be had costs no calls: it is said, and tried again."""
        host, port = self._settings.place()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        said = False
        while True:
            try:
                return socket.create_server((host, port), family=family, backlog=BACKLOG)
            except OSError as error:
                if not said:
                    what = f"the API's address {self._settings.listen}"
                    told = await asyncio.to_thread(in_use, what, port, "api.listen")
                    log.error("api.no_address", error=told, cause=error.strerror, in_seconds=ADDRESS_AGAIN)
                said = True
            await asyncio.sleep(ADDRESS_AGAIN)

    async def _announce(self, address: str) -> None:
        """Say where it is: to a person at a terminal with a code that opens it once, never in a log file."""
        told = {"url": address}
        if sys.stderr.isatty():
            with contextlib.suppress(BadInput):  # a folder that cannot be written: a token will do
                code = await asyncio.to_thread(TokenFile(self._settings.tokens).add_code)
                told["open"] = f"{address}/enter?code={code}"
        log.info("api.listening", **told)

    async def _live(self, listening: int) -> int | None:
        # A session of its own: Ctrl-C on the terminal reaches us alone. The pipe tells it of our end.
        self._process = process = await asyncio.create_subprocess_exec(
            *(*self._command, "--descriptor", str(listening)),
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            pass_fds=(listening,),
            start_new_session=True,
        )
        return await process.wait()

    async def _end(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        tell(self._process, signal.SIGTERM)
        try:
            async with within(GONE_WITHIN):
                await self._process.wait()
        except TimeoutError:
            tell(self._process, signal.SIGKILL)
            await self._process.wait()
