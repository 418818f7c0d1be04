"""Wakes the task of a session when one of its machines wants to be told the time, and not before."""

from __future__ import annotations

import asyncio

from gateway.tasks import together

EXACT_S = 1.0
"""Seconds from now on in which a moment is kept exactly; those that are farther away come together."""


class Alarm:
    """One task's. Times in loop seconds."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._over = False

    def arm(self, when: float | None) -> None:
        """Ring then, unless it is to ring sooner; None changes nothing."""
        if when is None or self._over or (self._timer is not None and self._timer.when() <= when):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(together(when, self._loop.time() + EXACT_S), self._ring)

    async def wait(self) -> None:
        """Wait until it rings, or is over."""
        self._rung.clear()
        if not self._over:
            await self._rung.wait()

    def end(self) -> None:
        """Ring at once, for the last time. Idempotent."""
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        self._ring()

    def _ring(self) -> None:
        self._timer = None
        self._rung.set()
