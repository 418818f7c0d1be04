"""Who watches calls as they go: each has a bounded queue of lines, and a slow one loses some of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from gateway.call import Fact, Order
from gateway.control import CallBegan, CallOver, Watched
from gateway.records.journal import KEPT


class BoundedWatch:
    """The lines for one watcher: of one call, or of all with None. Keeps the contract of `control.Watch`."""

    def __init__(self, call_id: str | None, most: int) -> None:
        self._call_id = call_id
        self._lines: deque[Watched] = deque()
        self._most = most
        self._lost = 0  # before the oldest line
        self._news = asyncio.Event()
        self._over = False

    def put(self, line: Watched) -> None:
        """Keep a line, if it is of a call that is watched; returns at once."""
        if self._over or self._call_id not in (None, line.call):
            return
        if len(self._lines) >= self._most:
            self._lines.popleft()
            self._lost += 1
        self._lines.append(line)
        if self._call_id is not None and isinstance(line.event, CallOver):
            self._over = True
        self._news.set()

    def close(self) -> None:
        """Say that no more lines will come; those that are kept can still be taken."""
        self._over = True
        self._news.set()

    def __aiter__(self) -> AsyncIterator[Watched]:
        return self

    async def __anext__(self) -> Watched:
        while not self._lines:
            if self._over:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._take()

    def waiting(self) -> list[Watched]:
        """See `control.Watch`."""
        return [self._take() for _ in range(len(self._lines))]

    def _take(self) -> Watched:
        line, lost, self._lost = self._lines.popleft(), self._lost, 0
        return replace(line, lost=lost) if lost else line


class Watches:
    """All who watch the calls of a process."""

    def __init__(self) -> None:
        self._open: list[BoundedWatch] = []
        self._wanted: set[type] = set()  # nothing, while nobody watches

    @contextmanager
    def opened(self, call_id: str | None, most: int) -> Iterator[BoundedWatch]:
        """Open a watch for as long as the block lasts."""
        watch = BoundedWatch(call_id, most)
        self._open.append(watch)
        self._wanted.update(KEPT)
        try:
            yield watch
        finally:
            self._open.remove(watch)
            if not self._open:
                self._wanted.clear()

    def listener(self, call_id: str) -> WatchedCall:
        """Return the listener of a call."""
        return WatchedCall(call_id, self.tell, self._wanted)

    def tell(self, call_id: str, event: CallBegan | CallOver | Fact | Order) -> None:
        """Tell everybody who watches this call."""
        if self._open:
            line = Watched(call_id, datetime.now(UTC), event)
            for watch in self._open:
                watch.put(line)

    def close(self) -> None:
        """Let all watchers finish: no call will be taken any more."""
        for watch in self._open:
            watch.close()


class WatchedCall:
    """The listener of one call. `hears`: see `ListenerGroup`; it changes as watchers come and go."""

    __slots__ = ("_call_id", "_tell", "hears")

    def __init__(self, call_id: str, tell: Callable[[str, Fact | Order], None], hears: Set[type]) -> None:
        self._call_id = call_id
        self._tell = tell
        self.hears = hears

    def __call__(self, event: Fact | Order, _now: float) -> None:
        """Pass on one fact or order."""
        self._tell(self._call_id, event)
