"""Signs of life: the event loop's, on which all calls are led, and the SIP thread's."""

from __future__ import annotations

import asyncio
import time
from types import ModuleType

from gateway.tasks import next_look

BEAT_S = 0.5
"""Between two signs of life of the event loop: OPTIONS is 503 when they stay away (see `_guard.beat`)."""


class LoopBeat:
    """The event loop's signs of life, without which OPTIONS is 503; and the SIP thread's."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._next: asyncio.TimerHandle | None = None
        self.guard: ModuleType | None = None
        """What stands between the wire and PJSIP, once it listens; None in portable mode."""
        self.swept = time.monotonic()
        """When the SIP thread looked at all calls last: `SWEEP_S` ago at most, unless it is stuck."""

    def begin(self, guard: ModuleType | None) -> None:
        """Beat from now on; portable mode has no guard, and OPTIONS is always 200."""
        if guard is not None:
            self.guard = guard
            guard.beat()
            self._next = self._loop.call_at(next_look(self._loop.time(), BEAT_S), self.begin, guard)

    def stop(self) -> None:
        """Beat no more."""
        if self._next is not None:
            self._next.cancel()
