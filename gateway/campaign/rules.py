"""How a campaign calls: when, how fast, how often. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from gateway.dialplan.hours import Schedule, schedule

AGAIN = frozenset({"busy", "no_answer", "unreachable"})
"""Outcomes after which it is tried again, if any retries are wanted."""
CAUGHT_UP_S = 5.0
"""Seconds of delay on a busy machine that are made up for."""
LOOK_AHEAD = timedelta(days=8)
"""A window that is not open within a week never is, but for holidays."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Times in seconds."""

    plan: str
    trunk: str = ""
    rate: float = 1.0
    """Calls that are begun in a second."""
    concurrency: int = 10
    """Calls that are up, or ring, at once."""
    ring_s: float = 30.0
    retries: int = 0
    """How often one who was not reached is tried again."""
    retry_after_s: float = 900.0
    windows: tuple[str, ...] = ()
    """When people may be called, by their own clock, as opening hours are written; none: always."""
    zone: str = "UTC"
    """Of those whose line has none."""
    redials: bool = False
    """Whether those are called again whose call was interrupted by the end of the gateway."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """For all."""

    def open_for(self, zone: str, now: datetime) -> bool:
        """Return whether somebody in this zone may be called now."""
        return not self.windows or _schedule(zone or self.zone, self.windows).is_open(now)

    def opens(self, zone: str, now: datetime) -> datetime | None:
        """Return when somebody in this zone may be called, from now on; None: not within eight days."""
        if self.open_for(zone, now):
            return now
        minute = now.replace(second=0, microsecond=0)
        for _ in range(int(LOOK_AHEAD / timedelta(minutes=1))):
            minute += timedelta(minutes=1)
            if self.open_for(zone, minute):
                return minute
        return None

    def tried_again(self, outcome: str, attempts: int) -> bool:
        """Return whether one who was tried so often, and came out so, is to be tried once more."""
        return outcome in AGAIN and attempts <= self.retries


@lru_cache(maxsize=1024)
def _schedule(zone: str, windows: tuple[str, ...]) -> Schedule:
    return schedule(zone, windows)


class DialPace:
    """When the next call may begin: evenly. A moment's delay is caught up with, at twice the pace at most."""

    def __init__(self, rate: float) -> None:
        self._gap = 1 / rate
        self._due: float | None = None  # by the pace
        self._next: float | None = None

    def due_in(self, now: float) -> float:
        """Return in how many seconds one may begin; 0: now."""
        return 0.0 if self._next is None else max(0.0, self._next - now)

    def began(self, now: float) -> None:
        """One has."""
        due = self._due
        if due is None or now - due > max(CAUGHT_UP_S, self._gap):
            due = now  # a window was closed, or there was no room: that is not made up for
        self._due = due + self._gap
        self._next = max(self._due, now + self._gap / 2)
