"""Why the agent waits to be heard, and what the port is told of it: there may be two reasons at once.

A phone, or a trunk behind it, may open its ear at the ACK, which comes a round trip after the 200 that says
that we speak: what was said in between would be lost. Most phones hear at once; so the wait is short.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto

from gateway.media.media_port import MediaPort

ACK_WITHIN = 0.3
"""Seconds that the first word waits for the ACK at most."""


class Waits(Enum):
    """For what the agent waits."""

    ACK = auto()
    ORDER = auto()
    """Until it is told to go on (`Pause`)."""


class PlayoutPause:
    """One leg's, on the event loop."""

    def __init__(self, port: MediaPort) -> None:
        self._port = port
        self._reasons: set[Waits] = set()

    def answer(self) -> None:
        """200 is on its way: the queue waits for the ACK, but not for long."""
        self.wait(Waits.ACK)
        asyncio.get_running_loop().call_later(ACK_WITHIN, self.go_on, Waits.ACK)

    def order(self, on: bool) -> None:
        """Do as a `Pause` says."""
        (self.wait if on else self.go_on)(Waits.ORDER)

    def wait(self, reason: Waits) -> None:
        """Have the queue wait."""
        if not self._reasons:
            self._port.pause(True)
        self._reasons.add(reason)

    def go_on(self, reason: Waits) -> None:
        """Let it go on, unless there is another reason to wait; idempotent."""
        if reason in self._reasons:
            self._reasons.discard(reason)
            if not self._reasons:
                self._port.pause(False)

    def flush(self) -> None:
        """Empty the queue, which ends a pause that was ordered."""
        self._port.flush()
        self._reasons.discard(Waits.ORDER)
        if self._reasons:
            self._port.pause(True)
