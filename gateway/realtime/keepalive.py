"""Whether a connection is alive: it is asked once it has been silent, by a timer instead of a task.

Whatever comes is a sign of life, so a model that speaks is not asked for another. The library asks every two
seconds, whatever comes, and has a task and a future for each connection to do so: of what a call costs in
Python, that was a fourteenth.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from gateway.tasks import together


class Pinged(Protocol):
    """A connection."""

    @property
    def last_data(self) -> float:
        """When something came last, in loop seconds."""

    def ask(self) -> None:
        """Send a ping, or end a connection that was to be over by now."""

    def give_up(self) -> None:
        """Close a connection that does not answer."""


class Keepalive:
    """Asks `connection` after `silence` seconds without a word, and waits for one as long as `patience`."""

    def __init__(self, connection: Pinged, silence: float, patience: float) -> None:
        self._connection = connection
        self._silence = silence
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._asked_at: float | None = None
        self._began = self._loop.time()
        self._timer = self._loop.call_at(together(self._began + silence), self._look)

    def stop(self) -> None:
        """Ask no more. Idempotent."""
        self._timer.cancel()

    def _look(self) -> None:
        now, heard = self._loop.time(), max(self._began, self._connection.last_data)
        # Loops count milliseconds: a server close by answers in the same one.
        if self._asked_at is not None and heard < self._asked_at:
            self._connection.give_up()
            return
        self._asked_at = None
        due = heard + self._silence
        if now >= due:
            self._asked_at = now
            self._connection.ask()
            due = now + self._patience
        self._timer = self._loop.call_at(together(due), self._look)
