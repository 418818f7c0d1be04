"""Connections kept open for calls to come: a call that takes one saves TCP, TLS and the upgrade.

That is three round trips and some milliseconds of CPU, a fifth of a second across an ocean. A connection is
not configured before it is taken, so it costs nothing at providers that bill by tokens; it counts against
their limits of concurrent sessions, though, and grows old.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog
from websockets.exceptions import WebSocketException
from websockets.protocol import State

from gateway.errors import BadInput
from gateway.realtime.connect import open_connection
from gateway.realtime.connect_failure import of_connect
from gateway.realtime.model_connection import ModelConnection
from gateway.realtime.native_tls import NativeTls
from gateway.realtime.providers import Provider
from gateway.realtime.settings import ConnectTimeouts
from gateway.tasks import within

log = structlog.get_logger(__name__)

OLD_AFTER = 300.0
"""Seconds: the session behind a connection ages from its first moment on."""
LOOK_EVERY = 5.0
"""Seconds between looks for connections that were closed or grew old."""


Leave = Callable[[], Awaitable[None]]
"""Gives the room of a connection back."""
WarmRoom = Callable[[Provider, str, int], Awaitable[Leave | None]]
"""Takes room for one more connection to a model, of so many that all processes keep; None: there is none."""


async def leave_nothing() -> None:
    """Give back no room: none was counted."""


async def as_wanted(_provider: Provider, _model: str, _most: int) -> Leave | None:
    """Let this process keep as many as it is told."""
    return leave_nothing


class _Kept(NamedTuple):
    """A connection that waits for a call; `since`: loop seconds."""

    since: float
    socket: ModelConnection
    leave: Leave


@dataclass(slots=True)
class _Shelf:
    """The connections to one place."""

    provider: Provider
    model: str
    size: int
    stock: deque[_Kept] = field(default_factory=deque)
    failed: bool = False


class Pool:
    """Give `run` a task; `want` says what is to be kept, `take` gives one."""

    def __init__(self, patience: ConnectTimeouts | None = None, old_after: float = OLD_AFTER) -> None:
        self._patience = patience or ConnectTimeouts()
        self._old_after = old_after
        self._shelves: dict[tuple[str, str], _Shelf] = {}
        self._look = asyncio.Event()
        self.room: WarmRoom = as_wanted
        self.native_tls: NativeTls | None = None
        """TLS in C++, from the next connection on."""

    def want(self, provider: Provider, model: str, size: int) -> None:
        """Keep so many connections ready."""
        self._shelves[self._place(provider, model)] = _Shelf(provider, model, size)
        self._look.set()

    async def take(self, provider: Provider, model: str) -> ModelConnection | None:
        """Return an open connection, the freshest, whose room is given back; None if there is none."""
        shelf = self._shelves.get(self._place(provider, model))
        while shelf is not None and shelf.stock:
            self._look.set()
            kept = shelf.stock.pop()
            await kept.leave()
            if kept.socket.state is State.OPEN:
                return kept.socket
        return None

    async def run(self) -> None:
        """Keep the shelves filled until cancelled; then close what is left."""
        try:
            while True:
                self._look.clear()
                async with asyncio.TaskGroup() as tasks:
                    for shelf in self._shelves.values():
                        tasks.create_task(self._fill(shelf))
                try:
                    async with within(LOOK_EVERY):
                        await self._look.wait()
                except TimeoutError:
                    pass
        finally:
            left = [kept for shelf in self._shelves.values() for kept in shelf.stock]
            await asyncio.gather(*(_let_go(kept) for kept in left))

    async def _fill(self, shelf: _Shelf) -> None:
        now = asyncio.get_running_loop().time()
        while shelf.stock and self._spoilt(shelf.stock[0], now):
            await _let_go(shelf.stock.popleft())
        while len(shelf.stock) < shelf.size:
            leave = await self.room(shelf.provider, shelf.model, shelf.size)
            if leave is None:
                return
            try:
                how = self._patience, None, self.native_tls
                socket = await open_connection(shelf.provider, shelf.model, *how)
            except (OSError, WebSocketException, BadInput) as error:
                # Calls will say more loudly what is wrong; here it is told once.
                if not shelf.failed:
                    why = of_connect(error, shelf.provider).message
                    log.warning("session.not_warm", provider=shelf.provider.name, error=why)
                shelf.failed = True
                await leave()
                return
            shelf.failed = False
            shelf.stock.append(_Kept(asyncio.get_running_loop().time(), socket, leave))

    def _spoilt(self, kept: _Kept, now: float) -> bool:
        return kept.socket.state is not State.OPEN or now - kept.since > self._old_after

    @staticmethod
    def _place(provider: Provider, model: str) -> tuple[str, str]:
        return provider.name, provider.address(model)


async def _let_go(kept: _Kept) -> None:
    await kept.socket.close()
    await kept.leave()
