"""What workers tell their supervisor, as they would tell systemd (sd_notify(3)): ready, alive, stopping.

Each has a socket of its own in a folder that only we may enter, so that none can speak for another.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

LONGEST = 4096
"""Bytes of one message."""


class Notices(asyncio.DatagramProtocol):
    """One worker's; `hear` is told each line. `environment` makes the worker send them."""

    def __init__(self, path: Path, alive_every_s: float, hear: Callable[[str], None]) -> None:
        self._path = path
        self._hear = hear
        self._alive_every_s = alive_every_s
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What the worker has to be told."""
        return {"NOTIFY_SOCKET": str(self._path), "WATCHDOG_USEC": str(round(self._alive_every_s * 1e6))}

    async def listen(self) -> None:
        """Hear what comes from now on."""
        own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        own.setblocking(False)
        own.bind(os.fspath(self._path))
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=own)

    def close(self) -> None:
        """Hear no more."""
        if self._transport is not None:
            self._transport.close()
        self._path.unlink(missing_ok=True)

    def datagram_received(self, data: bytes, _address: object) -> None:
        """Tell the lines of a message."""
        for line in data[:LONGEST].decode("utf-8", "replace").splitlines():
            self._hear(line)
