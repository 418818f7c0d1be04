"""Who is called next: the people of a list, those to be tried again, and those whose hours have come. Pure.

Times `now` are seconds of any one clock; windows go by the clock on the wall.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime

from gateway.campaign.entries import ListEntry
from gateway.campaign.rules import Rules

CLOSED_S = 15.0
"""Seconds after which it is looked again whether somebody's hours have come."""


class CallQueue:
    """Those who are still to be called."""

    def __init__(self, entries: Iterable[ListEntry], rules: Rules) -> None:
        self._rules = rules
        self._fresh: dict[str, deque[ListEntry]] = {}  # by zone, in the order of the list
        for entry in entries:
            self._fresh.setdefault(entry.zone, deque()).append(entry)
        self._later: list[tuple[float, int, ListEntry]] = []
        self._closed: dict[str, float] = {}  # zones in which nobody may be called, until when that holds

    def __len__(self) -> int:
        return sum(map(len, self._fresh.values())) + len(self._later)

    def again(self, entry: ListEntry, at: float) -> None:
        """Somebody is to be called once more, not before this time."""
        heapq.heappush(self._later, (at, entry.line, entry))

    def next(self, now: float, wall: datetime) -> ListEntry | None:
        """Take whoever may be called now; None if nobody may."""
        while self._later and self._later[0][0] <= now:
            entry = heapq.heappop(self._later)[2]
            if self._open(entry.zone, now, wall):
                return entry
            self.again(entry, self._closed[entry.zone])
        able = [waiting for zone, waiting in self._fresh.items() if waiting and self._open(zone, now, wall)]
        return min(able, key=lambda waiting: waiting[0].line).popleft() if able else None

    def wait_s(self, now: float) -> float:
        """Return in how many seconds somebody may be due, where nobody is now."""
        due = [self._later[0][0]] if self._later else []
        if any(self._fresh.values()):
            due += self._closed.values()
        return max(0.05, min((at - now for at in due), default=CLOSED_S))

    def waiting_by_zone(self) -> Counter[str]:
        """Return how many are still to be called in each zone."""
        counts = Counter({zone: len(waiting) for zone, waiting in self._fresh.items()})
        counts.update(entry.zone for _, _, entry in self._later)
        return +counts

    def _open(self, zone: str, now: float, wall: datetime) -> bool:
        if self._closed.get(zone, now) > now:
            return False
        self._closed.pop(zone, None)
        if self._rules.open_for(zone, wall):
            return True
        self._closed[zone] = now + CLOSED_S
        return False
