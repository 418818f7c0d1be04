"""Which refused calls have log lines of their own: whoever is refused all night must not fill the disk.

A call that was let in always has its lines. Of refused ones a source has a few at once, and then one every
few seconds, and so have all sources together; the others are counted, and said in one line.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

import structlog

log = structlog.get_logger(__name__)

SAY_EVERY_S = 10.0
"""Between two lines about the calls that have none of their own."""
SOURCES = 256
"""Sources that are told apart; of more, the one that was refused longest ago is forgotten."""
NAMED = 3
"""Sources that a line names."""


@dataclass(slots=True)
class _Bucket:
    """Calls that may be logged: `most` at once, `a_second` more each second."""

    most: float
    a_second: float
    room: float
    at: float

    def fill(self, now: float) -> bool:
        """Return whether there is room at `now` seconds."""
        self.room = min(self.most, self.room + (now - self.at) * self.a_second)
        self.at = now
        return self.room >= 1


class RefusalLog:
    """Of one process; used on the event loop's thread alone."""

    def __init__(self) -> None:
        self._all = _Bucket(most=100, a_second=1, room=100, at=0)
        self._sources: dict[str, _Bucket] = {}
        self._unlogged: Counter[str] = Counter()

    def logs(self, source: str, now: float) -> bool:
        """Return whether a refused call from `source` ("address:port") has lines of its own, and count it.

        `now` in seconds of any one clock.
        """
        address = source.rpartition(":")[0]
        bucket = self._sources.pop(address, None) or _Bucket(most=10, a_second=0.25, room=10, at=now)
        self._sources[address] = bucket  # the last one
        if len(self._sources) > SOURCES:
            del self._sources[next(iter(self._sources))]
        if bucket.fill(now) and self._all.fill(now):
            bucket.room -= 1
            self._all.room -= 1
            return True
        if not self._unlogged:
            asyncio.get_running_loop().call_later(SAY_EVERY_S, self._say)
        self._unlogged[address] += 1
        return False

    def _say(self) -> None:
        log.warning(
            "call.refusals_counted",
            calls=self._unlogged.total(),
            most_of=dict(self._unlogged.most_common(NAMED)),
            sources=len(self._unlogged),
            cure="they go on calling what is refused: see limits.sources in docs/limits.md",
        )
        self._unlogged.clear()
