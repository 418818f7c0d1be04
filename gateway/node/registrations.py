"""Which of several processes registers a trunk: one at a time, so that its calls come to one address.

Each asks every second for those that it does not have. What a process had that died is free again when its
lease is over, and another one registers; one that ends leaves its registrations to the others at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import structlog

from gateway.calls.shared_state import SharedState
from gateway.errors import GatewayError
from gateway.tasks import answer_of, until_next_look, within

log = structlog.get_logger(__name__)

ASK_EVERY_S = 1.0
ANSWER_WITHIN_S = 0.5
ALONE_AFTER_S = 15.0
"""Seconds without an answer after which a process registers all: two that do are better than none. A lease is
over by then."""

Switch = Callable[[str, bool], None]
"""Has a trunk of this name register, or give its registration back."""


class Registrations:
    """Of one process. `trunks`: those that register; `switch` is told what becomes of each."""

    def __init__(self, state: SharedState, trunks: Sequence[str], switch: Switch) -> None:
        self._state = state
        self._trunks = tuple(trunks)
        self._switch = switch
        self._has = dict.fromkeys(trunks, False)
        self._answered = time.monotonic()
        self._leaving = False

    async def keep(self) -> None:
        """Ask and renew, until cancelled."""
        while True:
            await self.look()
            await until_next_look(ASK_EVERY_S)

    async def look(self) -> None:
        """Ask once for each, and switch what has changed."""
        for trunk in self._trunks:
            try:
                has = not self._leaving and await answer_of(self._state.own(_name(trunk)), ANSWER_WITHIN_S)
                self._answered = time.monotonic()
            except (GatewayError, OSError, TimeoutError):
                # Nobody else can have been given it meanwhile: what was ours stays ours.
                alone = time.monotonic() - self._answered >= ALONE_AFTER_S
                has = not self._leaving and (self._has[trunk] or alone)
            if not self._leaving:
                self._set(trunk, has)

    async def leave(self) -> None:
        """Give all of them to others: this process takes no more calls."""
        self._leaving = True
        for trunk in self._trunks:
            if self._has[trunk]:
                self._set(trunk, has=False)
                try:
                    async with within(ANSWER_WITHIN_S):
                        await self._state.disown(_name(trunk))
                except (GatewayError, OSError, TimeoutError):
                    pass  # its lease runs out

    def _set(self, trunk: str, has: bool) -> None:
        if has is not self._has[trunk]:
            self._has[trunk] = has
            if has:
                log.info("trunk.ours", trunk=trunk)
            else:
                log.info("trunk.left", trunk=trunk)
            self._switch(trunk, has)


def _name(trunk: str) -> str:
    return f"registration/{trunk}"
