"""What systemd is told of us, as sd_notify(3) has it: when we answer calls, that we live, that we drain.

Nothing is sent where nobody has asked for it (NOTIFY_SOCKET), and nobody is waited for.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from gateway.tasks import until_next_look

LEAVE_S = 15.0
"""Seconds to leave in when the last call is over: BYEs that are sent again, records and webhooks written."""
LONGEST_BEAT_S = 10.0
"""Between two signs of life, however long the watchdog waits."""


class ServiceManager:
    """Whoever started us; `environment` says how it is told."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        watchdog = environment.get("WATCHDOG_USEC", "")
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._watchdog_s = int(watchdog) / 1e6 if watchdog.isdigit() and ours else None

    def tell(self, *lines: str) -> None:
        """Send a message; what cannot be sent is let go."""
        if not self._address:
            return
        # A leading @ stands for the abstract namespace (unix(7)).
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.setblocking(False)
            out.sendto("\n".join(lines).encode(), address)

    def ready(self, status: str) -> None:
        """Say that calls are answered from now on."""
        self.tell("READY=1", f"STATUS={status}")

    def stopping(self, seconds: float) -> None:
        """Say that calls may take so long to end: we are not to be killed before that."""
        self.tell("STOPPING=1", "STATUS=draining", f"EXTEND_TIMEOUT_USEC={round(seconds * 1e6)}")

    @asynccontextmanager
    async def watched(self, lives: Callable[[], bool], status: Callable[[], str]) -> AsyncIterator[None]:
        """Give signs of life as long as the block lasts, from the event loop, and while `lives` says so."""
        if not self._address:
            yield
            return
        async with asyncio.TaskGroup() as tasks:
            beating = tasks.create_task(self._beat(lives, status))
            yield
            beating.cancel()

    async def _beat(self, lives: Callable[[], bool], status: Callable[[], str]) -> None:
        every = min(LONGEST_BEAT_S, (self._watchdog_s or 2 * LONGEST_BEAT_S) / 3)
        while True:
            if lives():
                self.tell("WATCHDOG=1", f"STATUS={status()}")
            await until_next_look(every)
