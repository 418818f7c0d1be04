"""Rings when one of the machines of a session wants to be told the time, and not before."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextvars import copy_context

from gateway.tasks import EXACT_S, LATE_S, together


class Alarm:
    """Calls `ring`, which raises nothing, in the context of whoever has made it. Times in loop seconds."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._context = copy_context()
        self._ring: Callable[[], None] | None = ring
        self._timer: asyncio.Handle | None = None
        self._rings_at = math.inf

    def arm(self, when: float, *, exact: bool = True) -> None:
        """Ring then, unless it is to ring sooner; inf changes nothing.

        What is `EXACT_S` away, or, not `exact`, more than a moment, comes together with other timers.
        """
        if self._rings_at <= when:
            return
        if self._timer is not None:
            self._timer.cancel()
        # Kept here: what uvloop gives for a moment that has come is no timer, and does not know its time.
        self._rings_at = together(when, self._loop.time() + (EXACT_S if exact else LATE_S))
        self._timer = self._loop.call_at(self._rings_at, self._rings, context=self._context)

    def end(self) -> None:
        """Ring no more. Idempotent."""
        self._rings_at, self._ring = -math.inf, None  # whose it is has us, too
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rings(self) -> None:
        self._timer, self._rings_at = None, math.inf
        if self._ring is not None:
            self._ring()
