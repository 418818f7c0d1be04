"""Questions that the caller does not hear, each until its answer or the end of the session."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.errors import SessionError
from gateway.realtime.interpreter import OutOfBandAnswer


class Questions:
    """The questions of one session that wait for their answers."""

    def __init__(self) -> None:
        self._number = 0
        self._waiting: dict[str, asyncio.Future[OutOfBandAnswer]] = {}

    @contextmanager
    def asked(self, topic: str) -> Iterator[tuple[str, asyncio.Future[OutOfBandAnswer]]]:
        """Number a topic, so that two questions about it are two; forget it when nobody waits any more.

        The future raises SessionError if the session ends before.
        """
        self._number += 1
        numbered = f"{topic} {self._number}"
        answer = self._waiting[numbered] = asyncio.get_running_loop().create_future()
        try:
            yield numbered, answer
        finally:
            del self._waiting[numbered]

    def answered(self, answer: OutOfBandAnswer) -> None:
        """Hand an answer to whoever waits for it; one that nobody waits for is dropped."""
        waiting = self._waiting.get(answer.topic)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def fail(self, reason: str) -> None:
        """Answer none of them: the session is over."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(SessionError("session_lost", reason))
