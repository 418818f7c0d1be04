"""A session without a model: keeps what it was told and given, and does what its script says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gateway.call import SessionFact, SessionOrder, SessionReady
from tests.equipment import patience


class ScriptedSession:
    """Keeps the contract of `gateway.conversation.runner.Session`: `at_once` happens as soon as it runs.

    `breaks` is raised from within `run`, as a bug in the connection would be. What came before anybody said
    where facts go (`on_fact`) is lost, as with a real session.
    """

    def __init__(
        self,
        on_fact: Callable[[SessionFact], None] | None = None,
        *,
        at_once: tuple[SessionFact, ...] = (SessionReady(),),
        breaks: Exception | None = None,
    ) -> None:
        self.on_fact = on_fact
        self.orders: list[SessionOrder] = []
        self.heard = b""
        """The caller's audio."""
        self.running = asyncio.Event()
        self.closed = False
        self.ended = False
        """Its task is over, closed or cancelled."""
        self._at_once = at_once
        self._breaks = breaks
        self._left = asyncio.Event()
        self._news = asyncio.Event()

    async def run(self) -> None:
        try:
            self.happen(*self._at_once)
            self.running.set()
            if self._breaks is not None:
                raise self._breaks
            await self._left.wait()
        finally:
            self.ended = True

    def happen(self, *facts: SessionFact) -> None:
        """Report facts."""
        for fact in facts:
            if self.on_fact is not None:
                self.on_fact(fact)

    async def until(self, fact: Callable[[], object]) -> None:
        """Wait for something to become true of what was heard and ordered."""
        async with patience.within(5):
            while not fact():
                self._news.clear()
                await self._news.wait()

    def append(self, pcm: bytes) -> None:
        self.heard += pcm
        self._news.set()

    def execute(self, order: SessionOrder) -> None:
        self.orders.append(order)
        self._news.set()

    async def close(self) -> None:
        self.closed = True
        self._left.set()

    async def ask(self, topic: str, instructions: str) -> str:
        """Answer with what was asked."""
        return f"{topic}: {instructions}"
