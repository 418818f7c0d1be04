"""The clock of all conversations of a process: one timer instead of a task for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial

from gateway.tasks import together

TICK_S = 0.2
"""How often a conversation learns that time has passed; twice as often where it finds the caller's turns."""
SLOTS = 4
"""Conversations are told in so many groups, one after the other: all at once would hold up the rest."""


class CallClock:
    """Tells conversations that time has passed, each every `TICK_S` seconds. Runs while it has any."""

    def __init__(self) -> None:
        self._slots: list[list[Callable[[], None]]] = [[] for _ in range(SLOTS)]
        self._turns = 0
        self._due = 0.0
        self._runs = False

    @contextmanager
    def telling(self, tick: Callable[[], None], *, twice: bool = False) -> Iterator[None]:
        """Call `tick`, which raises nothing, for as long as the block lasts; in the context of this task.

        `twice`: twice in `TICK_S`.
        """
        told = partial(copy_context().run, tick)
        first = min(range(SLOTS), key=lambda slot: len(self._slots[slot]))
        slots = [self._slots[first], self._slots[first - SLOTS // 2]] if twice else [self._slots[first]]
        for slot in slots:
            slot.append(told)
        if not self._runs:
            self._runs = True
            loop = asyncio.get_running_loop()
            self._due = together(loop.time() + TICK_S / SLOTS / 2)
            loop.call_at(self._due, self._turn)
        try:
            yield
        finally:
            for slot in slots:
                slot.remove(told)

    def _turn(self) -> None:
        for tick in tuple(self._slots[self._turns % SLOTS]):
            tick()
        self._turns += 1
        self._runs = any(self._slots)
        if self._runs:
            loop = asyncio.get_running_loop()
            self._due = max(self._due + TICK_S / SLOTS, together(loop.time()))
            loop.call_at(self._due, self._turn)
