"""Wakes the task of a session when one of its machines wants to be told the time, and not before."""

from __future__ import annotations

import asyncio
import math

from gateway.flag import Flag
from gateway.tasks import EXACT_S, together


class Alarm:
    """One task's. Times in loop seconds."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = Flag()
        self._timer: asyncio.Handle | None = None
        self._rings_at = math.inf
        self._over = False

    def arm(self, when: float | None) -> None:
        """Ring then, unless it is to ring sooner; None changes nothing."""
        if when is None or self._over or self._rings_at <= when:
            return
        if self._timer is not None:
            self._timer.cancel()
        # Kept here: what uvloop gives for a moment that has come is no timer, and does not know its time.
        self._rings_at = together(when, self._loop.time() + EXACT_S)
        self._timer = self._loop.call_at(self._rings_at, self._ring)

    async def wait(self) -> None:
        """Wait until it rings, or is over; what rang before is heard at once."""
        if not self._over:
            await self._rung.wait()
            self._rung.clear()

    def end(self) -> None:
        """Ring at once, for the last time. Idempotent."""
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        self._ring()

    def _ring(self) -> None:
        self._timer, self._rings_at = None, math.inf
        self._rung.set()
