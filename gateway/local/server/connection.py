"""One WebSocket: frames in to the session, events out in order, and the tasks of one client together."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from gateway.local.session.dialect import WireDialect
from gateway.local.session.event_frames import EventFrames
from gateway.local.session.usage import UsageTally
from gateway.realtime.events.model import Event
from gateway.realtime.events.wire import AudioDeltaFrames

HIGH_WATER = 1 << 20
"""Bytes waiting for a client above which engines pause: 16 s of PCM, so other events are not far behind."""

AT_ONCE = 128 << 10
"""Bytes written, and made, before others have their turn: what a short answer has."""

GIVE_UP = 64 << 20
"""Bytes at which a client counts as gone: it has not read for minutes."""


class Link:
    """Sends a session's events to its client. Implements `response.Wire`; bounded, and never blocks."""

    def __init__(self, socket: ServerConnection, dialect: WireDialect) -> None:
        self._socket = socket
        self._events = EventFrames(dialect)
        self._frames: deque[tuple[bytes, UsageTally | None]] = deque()
        self._held = 0
        self._more = asyncio.Event()
        self._roomy = asyncio.Event()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._stalled_until = 0.0
        self._ending: tuple[int, str] | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self.told = UsageTally()
        """What has gone to the client: what waits for a client that leaves was never told."""

    def emit(self, kind: type[Event], **fields: Any) -> None:
        """Send an event of this kind; its id is added."""
        frame = self._events.event(kind, fields)
        if frame is not None:
            self.raw(frame, UsageTally.of(kind, fields))

    def audio(self, frames: AudioDeltaFrames, audio: bytes) -> None:
        """Send an audio delta."""
        self.raw(self._events.audio(frames, audio))

    def raw(self, frame: bytes, tells: UsageTally | None = None) -> None:
        """Queue a frame as it is; `tells`: the usage that is told with it."""
        if self._ending is not None:
            return
        self._frames.append((frame, tells))
        self._held += len(frame)
        self._more.set()
        if self._held > GIVE_UP:
            self._frames.clear()
            self.drop(1006, "the client does not read")

    def drop(self, code: int, reason: str) -> None:
        """Close when everything before is sent; 1006 cuts the line without a closing handshake."""
        if self._ending is None:
            self._ending = (code, reason)
            self._more.set()
            self._flowing.set()

    def stall(self, seconds: float) -> None:
        """Send nothing for so long, infinite is for good; everything then waits for its turn."""
        if self._ending is not None:
            return
        self._flowing.clear()
        end = self._stalled_until = max(self._stalled_until, asyncio.get_running_loop().time() + seconds)
        if seconds != math.inf:
            self.later(seconds, self._flow_again, end)

    def _flow_again(self, end: float) -> None:
        if end == self._stalled_until:
            self._flowing.set()

    def freeze(self) -> None:
        """Send nothing and read nothing any more: pings stay unanswered, too."""
        self.stall(math.inf)
        self._socket.transport.pause_reading()

    @property
    def audio_delta(self) -> str:
        """Name of the event that carries audio."""
        return self._events.audio_delta

    def later(self, seconds: float, do: Callable[..., None], *args: Any) -> None:
        """Do something when a time has passed, unless the client is gone by then."""
        self._timers.append(asyncio.get_running_loop().call_later(seconds, do, *args))

    def forget_timers(self) -> None:
        """Do nothing later after all."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    async def room(self) -> None:
        """Wait until the client has taken most of what was sent; let others run now and then."""
        if self._held > AT_ONCE:
            await asyncio.sleep(0)
        while self._held > HIGH_WATER:
            self._roomy.clear()
            await self._roomy.wait()

    async def drain(self) -> None:
        """Write what is queued until the end."""
        while True:
            await self._flowing.wait()
            if self._frames:
                await self._write()
            elif self._ending is None:
                self._more.clear()
                await self._more.wait()
            else:
                await self._end(*self._ending)
                return

    async def _write(self) -> None:
        """Write several frames in one go: by itself each would cost as much again."""
        written = 0
        async with self._socket.send_context():
            while self._frames and written < AT_ONCE:
                frame, tells = self._frames.popleft()
                self._socket.protocol.send_text(frame)
                written += len(frame)
                if tells is not None:
                    self.told.add(tells)
        self._held -= written
        if self._held <= HIGH_WATER:
            self._roomy.set()

    async def _end(self, code: int, reason: str) -> None:
        if code == 1006:
            self._socket.transport.abort()
        else:
            await self._socket.close(code, reason)


class Tasks:
    """The tasks of one client, in a group that ends when the client goes."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start something that ends with the client at the latest."""
        task = self._group.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def cancel(self) -> None:
        """End them all."""
        for task in list(self._running):
            task.cancel()


async def until_gone(socket: ServerConnection, link: Link, receive: Any, tasks: Tasks) -> None:
    """Carry one client's frames until either side ends it."""
    tasks.spawn(_quietly(link.drain()))
    try:
        while True:
            receive(await socket.recv(decode=False))
    except ConnectionClosed as closed:
        structlog.get_logger().debug("client.closed", closed=str(closed))
    finally:
        tasks.cancel()


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(ConnectionClosed):  # the reader sees it too, and ends the client
        await work
