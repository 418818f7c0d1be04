"""Says who knocked without being let in: a line of its own for each source, so that fail2ban can read it.

They are judged in C++ (`gate.cpp`, `strangers.cpp`), in front of everything that costs anything.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import structlog

from gateway.sip.sources import readable
from gateway.sip.wire_text import decoded, printable

log = structlog.get_logger(__name__)

AT_ONCE = 2
"""Lines at one look, the loudest sources first: a flood must not become one of our own making."""
SAY_AGAIN_S = 10.0
"""Between two lines about one source."""
REMEMBERED = 1024
"""Sources of which it is known when they were named last."""

TurnedBack = list[tuple[bytes, int, int, bytes, bytes]]
"""As `_guard.turned_back` has it."""


class StrangerLog:
    """Names who was turned back since the last look."""

    def __init__(self, turned_back: Callable[[], TurnedBack]) -> None:
        self._turned_back = turned_back
        self._said: OrderedDict[bytes, float] = OrderedDict()
        self._unsaid: dict[bytes, tuple[int, int]] = {}

    def look(self, now: float) -> None:
        """Write `AT_ONCE` lines at most; what is left unsaid of a source comes with its next. `now` in s."""
        lines = 0
        knocks = self._turned_back()
        for source, asked, guessed, method, agent in knocks:
            before = self._unsaid.pop(source, (0, 0))
            requests, passwords = asked + before[0], guessed + before[1]
            if lines == AT_ONCE or now - self._said.get(source, float("-inf")) < SAY_AGAIN_S:
                if len(self._unsaid) < REMEMBERED:
                    self._unsaid[source] = requests, passwords
                continue
            lines += 1
            self._said[source] = now
            self._said.move_to_end(source)
            if len(self._said) > REMEMBERED:
                self._said.popitem(last=False)
            log.warning(
                "sip.stranger",
                source=readable(source),
                requests=requests,
                wrong_passwords=passwords,
                method=_text(method),
                agent=_text(agent),
                others=len(knocks) - 1,
                cure="not this machine and of no trunk: see guests in docs/trunks.md",
            )


def _text(told: bytes) -> str:
    """Return what a stranger has written, as it may stand in a line."""
    return printable(decoded(told.decode("utf-8", "surrogateescape")))
