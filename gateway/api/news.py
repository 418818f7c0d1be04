"""What happens in the gateway, heard once and told to everybody who listens: Server-Sent Events.

The gateway has one watcher, however many listen here. A listener is a place in the ring of the last lines:
who is slow, or comes back with `Last-Event-ID`, goes on from there, and is told how many lines were lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import orjson
import structlog

from gateway.api.news_ring import NewsLine, NewsRing
from gateway.errors import GatewayError
from gateway.node.control_client import ControlClient
from gateway.tasks import within

log = structlog.get_logger(__name__)

EVERY_S = 0.1
"""Seconds in which lines are gathered for a listener: a hundred of them are a thousand writes a second."""
ALIVE_S = 15.0
"""Seconds of silence after which a listener is sent a comment: proxies close what says nothing."""
AGAIN_S = 1.0
"""Seconds between two tries to watch a gateway that is not there."""
MOST_LISTENERS = 500
ALIVE = b": alive\n\n"

Wanted = Callable[[NewsLine], bool]


class News:
    """Watches the gateway at this socket while `following`."""

    def __init__(self, control: Path) -> None:
        self._control = control
        self._ring = NewsRing(secrets.token_hex(4))
        self._came = asyncio.Event()
        self._closed = False
        self._listeners = 0

    @property
    def last_id(self) -> str:
        """Return the id from which on all that happens after this moment is heard."""
        return self._ring.last_id

    @property
    def full(self) -> bool:
        """Return whether one more listener is too many."""
        return self._listeners >= MOST_LISTENERS

    @contextlib.asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Watch the gateway for as long as the block lasts, over its restarts."""
        async with asyncio.TaskGroup() as tasks:
            follower = tasks.create_task(self._follow())
            yield
            follower.cancel()

    def close(self) -> None:
        """Let all listeners finish."""
        self._closed = True
        self._tell()

    async def listen(
        self, wanted: Wanted, last_event_id: str = "", ends_with: str | None = None, *, waits: bool = True
    ) -> AsyncIterator[bytes]:
        """Yield what happens, from that id on if it is known, until `CallOver` of the call `ends_with`.

        Without `waits`: what has happened, and no more.
        """
        at, first = self._begin(last_event_id)
        yield first
        async with aclosing(self.batches(at)) as batches:
            async for lines in batches:
                if lines is None:
                    yield ALIVE
                    continue
                chosen = [line for line in lines if wanted(line) or line.call is None]
                if chosen:
                    yield b"".join(line.sent for line in chosen)
                over = (line for line in chosen if line.call == ends_with and line.what == "CallOver")
                if not waits or (ends_with is not None and any(over)):
                    return

    async def batches(self, at: int = 0) -> AsyncGenerator[list[NewsLine] | None]:
        """Yield what has happened since the line of this number, at once, then what happens, until we end.

        None: nothing has for so long that whoever listens may want to be told that we are still there.
        """
        self._listeners += 1
        try:
            while True:
                lines, at = self._take(at)
                yield lines
                if self._closed:
                    return
                if not await self._more_than(at):
                    yield None
        finally:
            self._listeners -= 1

    def _begin(self, last_event_id: str) -> tuple[int, bytes]:
        if not last_event_id:
            return self._ring.last, b"retry: 1000\n\n"
        if (number := self._ring.number_of(last_event_id)) is not None:
            return number, b"retry: 1000\n\n"
        # It was told by another run of this process; how much happened meanwhile nobody knows.
        return self._ring.last, b"retry: 1000\n\n" + _lost(self._ring.last_id, None)

    def _take(self, at: int) -> tuple[list[NewsLine], int]:
        lines = list(self._ring.since(at))
        if lost := self._ring.lost(at):
            lines.insert(0, NewsLine(0, None, "Lost", _lost("", lost)))
        return lines, self._ring.last

    async def _more_than(self, at: int) -> bool:
        """Wait until there is more, and a moment longer; return False if nothing came for too long."""
        try:
            async with within(ALIVE_S):
                while self._ring.last <= at and not self._closed:
                    await self._came.wait()
        except TimeoutError:
            return False
        if not self._closed:
            await asyncio.sleep(EVERY_S)
        return True

    async def _follow(self) -> None:
        there = True
        while True:
            try:
                async with ControlClient.connected(self._control) as client:
                    async for told in client.watch():
                        if not there:
                            there = True
                            self._say("GatewayBack")
                        self._ring.add(told["call"], told["what"], orjson.dumps(told))
                        self._tell()
            except GatewayError as error:
                if there:
                    log.warning("api.gateway_away", error=str(error))
            if there:
                self._say("GatewayAway")
            there = False
            await asyncio.sleep(AGAIN_S)

    def _say(self, what: str) -> None:
        self._ring.add(None, what, b"{}")
        self._tell()

    def _tell(self) -> None:
        self._came.set()
        self._came = asyncio.Event()  # those who come now wait for the next


def _lost(event_id: str, lines: int | None) -> bytes:
    own = b"id: %s\n" % event_id.encode() if event_id else b""
    return own + b"event: Lost\ndata: %s\n\n" % orjson.dumps({"lines": lines})
