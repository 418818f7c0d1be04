"""The other side of a session in tests: collects facts and waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

from gateway.call import SessionFact, SessionOrder
from tests.equipment.patience import within

FactT = TypeVar("FactT")


class Runs(Protocol):
    """What a session of any kind offers."""

    async def run(self) -> None: ...
    async def close(self) -> None: ...
    def append(self, pcm: bytes) -> None: ...
    def execute(self, order: SessionOrder) -> None: ...


class Facts:
    """What was told, in order."""

    def __init__(self) -> None:
        self.told: list[SessionFact] = []
        self._news = asyncio.Event()

    def __call__(self, fact: SessionFact) -> None:
        self.told.append(fact)
        self._news.set()

    def of(self, kind: type[FactT]) -> list[FactT]:
        """Return all facts of a kind."""
        return [fact for fact in self.told if isinstance(fact, kind)]

    async def wait(self, kind: type[FactT], count: int = 1, patience: float = 5) -> FactT:
        """Wait for the `count`th fact of a kind."""
        async with within(patience):
            while len(self.of(kind)) < count:
                self._news.clear()
                await self._news.wait()
        return self.of(kind)[count - 1]


@asynccontextmanager
async def running(make: Callable[[Facts], Any]) -> AsyncIterator[tuple[Any, Facts]]:
    """Run a session for as long as the context lasts."""
    facts = Facts()
    session = make(facts)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(session.run())
        try:
            yield session, facts
        finally:
            await session.close()
