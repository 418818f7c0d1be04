"""The clock of all conversations of a process: one timer instead of a task for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import Protocol

from gateway.tasks import together

TICK_S = 0.2
"""How often a conversation learns that time has passed; twice as often where it finds the caller's turns."""
SLOTS = 4
"""Conversations are told in so many groups at most, by turns: all at once would hold up the rest."""
TOGETHER = 100
"""Conversations of a group before there is another: a millisecond. A loop is woken once a group."""
IN_TURN = (0, SLOTS // 2, *(slot for slot in range(SLOTS) if slot not in (0, SLOTS // 2)))
"""The groups as they are filled: two of them are told at even distances."""


class Resting(Protocol):
    """Who is not to be told each time."""

    rests_until: float
    """In loop seconds: before that, no tick is of any use."""


class CallClock:
    """Tells conversations that time has passed, each every `TICK_S` seconds. Runs while it has any."""

    def __init__(self) -> None:
        self._slots: list[list[tuple[Resting, Callable[[], None]]]] = [[] for _ in range(SLOTS)]
        self._slot = 0  # whose turn is next
        self._runs = False

    @contextmanager
    def telling(self, tick: Callable[[], None], rest: Resting, *, twice: bool = False) -> Iterator[None]:
        """Call `tick`, which raises nothing, for as long as the block lasts; in the context of this task.

        But not while it rests. `twice`: twice in `TICK_S`.
        """
        told = rest, partial(copy_context().run, tick)
        first = self._place()
        slots = [self._slots[first], self._slots[first - SLOTS // 2]] if twice else [self._slots[first]]
        for slot in slots:
            slot.append(told)
        if not self._runs:
            self._runs, self._slot = True, first
            self._await_turn()
        try:
            yield
        finally:
            for slot in slots:
                slot.remove(told)

    def _place(self) -> int:
        """Return the slot that the next one is told in."""
        with_room = (slot for slot in IN_TURN if len(self._slots[slot]) < TOGETHER)
        emptiest = min(range(SLOTS), key=lambda slot: len(self._slots[slot]))
        return next(with_room, emptiest)

    def _turn(self) -> None:
        now = asyncio.get_running_loop().time()
        for rest, tick in tuple(self._slots[self._slot]):
            if now >= rest.rests_until:
                tick()
        self._runs = any(self._slots)
        if self._runs:
            ahead = next(n for n in range(1, SLOTS + 1) if self._slots[(self._slot + n) % SLOTS])
            self._slot = (self._slot + ahead) % SLOTS
            self._await_turn()

    def _await_turn(self) -> None:
        """Wait for the turn of the group that is next, at a moment of its own: the first, that of timers."""
        loop = asyncio.get_running_loop()
        begins = self._slot * TICK_S / SLOTS
        soonest = loop.time() + TICK_S / SLOTS / 2  # a loop may be woken a little early, or late
        loop.call_at(begins + together(soonest - begins, every=TICK_S), self._turn)
