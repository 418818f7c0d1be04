"""How many calls this machine carries: learned while it runs, from what they cost and how late they make it.

Pure: what a moment was like goes in, how many more calls may come goes out. Two things are learned. From the
share of a core that the calls have now it follows how many would fill it; that is known before anybody hears
of it. Whatever else fills the machine is known by its lateness alone: then nobody comes in until that is
over, and after it a few calls less than there were, and slowly more again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

AT_ONCE = 100
"""Calls that may come between two moments, whatever there is room for: nobody knows yet what they cost."""
AT_LEAST = 2
"""Calls that may come between two moments while there is room, however late one of these was: a single halt
is no full machine."""
CALM_S = 0.005
"""Seconds that the event loop may be late for `AT_ONCE` calls to come; twice as late, a quarter of them. What
makes it late first is setting calls up, and an interruption is to be heard within 40 ms all the while."""
FEW = 10
"""Calls that are always let in: so few do not make a machine late, and tell little of what one costs."""

PYTHON_FULL = 0.85
"""Share of a core at which Python's thread is full: from here on things wait for what happened before."""
CORES_FULL = 0.9
"""Share of its cores at which a process is full."""
CLOCK_FULL = 0.7
"""Share of 20 ms at which a tick of the media clock is full: the rest is for what is not foreseen."""
LOOP_LATE_S = 0.02
"""Seconds that the event loop is late, in the mean of a while, from which calls are refused: an interruption,
which is to be heard within 40 ms, waits as long."""
TICKS_LATE = 0.02
"""The share of the media clock's ticks that begin 20 ms late or more, from which calls are refused."""

COST_S, LATE_S = 1.0, 2.0
"""Seconds over which costs and lateness are averaged."""
WORST_S = 0.1
"""Seconds of lateness, and of time, that a moment counts for at most: one long halt is no full machine."""
KNOWN = 0.5
"""How full a machine has to be to tell how many calls would fill it."""
STEP_BACK = 0.95
"""Share of its calls that a machine which was late is believed to carry; a fiftieth more each second."""
ROOM_AGAIN = 0.03
"""Share of all calls for which there has to be room before they are let in again."""


class Bound(Enum):
    """What keeps more calls from coming, and what can be done about it."""

    NOTHING = ""
    PYTHON = "Python's thread is full: start another process on another port, and share calls out to both"
    CORES = (
        "all of its cores are full: give it more of them (CPUAffinity=, cpus:), or share calls out to more"
    )
    CLOCK = "the media clock is full: start another process on another port, and share calls out to both"
    LATE = "it is late beside what else runs here: give it cores of its own, or take other programs away"


@dataclass(frozen=True, slots=True)
class LoadSample:
    """What a stretch of time was like; shares are 0 to 1."""

    seconds: float
    calls: int
    """That are up at its end."""
    python: float
    """Share of a core that Python's thread had."""
    cores: float
    """Share of the cores that the process may use which all its threads had."""
    clock: float
    """Share of the media clock's 20 ms that its ticks took."""
    loop_late: float
    """Seconds that the event loop was late."""
    ticks_late: float
    """Share of the media clock's ticks that began 20 ms late or more."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many more calls may come until the next moment."""

    calls: int
    full: bool
    """None, for the load that there is."""
    limit: int | None
    """Calls that the machine carries, as far as is known."""
    bound: Bound


class LoadLimit:
    """Of one process. Ask `after` each moment, some ten times a second."""

    def __init__(self) -> None:
        self._calls = self._python = self._cores = self._clock = 0.0
        self._loop_late = self._ticks_late = 0.0
        self._late = self._full = False
        self._carried = math.inf  # calls, since it was late

    def after(self, moment: LoadSample) -> Room:
        """Take in what a moment was like; return how many may come before the next."""
        self._average(moment)
        self._look_at_lateness(moment)
        limit, bound = self._limit()
        if moment.calls < FEW:
            self._full = False
            return Room(AT_ONCE, full=False, limit=None, bound=Bound.NOTHING)
        room = int(limit) - moment.calls if limit < math.inf else AT_ONCE
        if self._late:
            room, bound = 0, Bound.LATE
        least = max(2, math.ceil(ROOM_AGAIN * moment.calls)) if self._full else 1
        self._full = room < least
        at_once = max(AT_LEAST, int(AT_ONCE * (CALM_S / max(moment.loop_late, CALM_S)) ** 2))
        calls = 0 if self._full else min(room, at_once)
        known = int(limit) if limit < math.inf else None
        return Room(calls, full=self._full, limit=known, bound=bound)

    def _average(self, moment: LoadSample) -> None:
        cost = 1 - math.exp(-moment.seconds / COST_S)
        self._calls += (moment.calls - self._calls) * cost
        self._python += (moment.python - self._python) * cost
        self._cores += (moment.cores - self._cores) * cost
        self._clock += (moment.clock - self._clock) * cost
        late = 1 - math.exp(-min(moment.seconds, 2 * WORST_S) / LATE_S)
        self._loop_late += (min(moment.loop_late, WORST_S) - self._loop_late) * late
        self._ticks_late += (moment.ticks_late - self._ticks_late) * late

    def _look_at_lateness(self, moment: LoadSample) -> None:
        late = max(self._loop_late / LOOP_LATE_S, self._ticks_late / TICKS_LATE)
        if not self._late and late >= 1 and moment.calls >= FEW:
            self._carried = STEP_BACK * moment.calls
        elif not self._late and self._carried < math.inf:
            self._carried += max(1.0, self._carried / 50) * moment.seconds
            if self._carried > 2 * max(moment.calls, FEW):
                self._carried = math.inf  # it has had time to be late again
        self._late = late >= (0.5 if self._late else 1)

    def _limit(self) -> tuple[float, Bound]:
        """Return how many calls the machine carries, and what would be full then."""
        fullness, bound = max(
            (self._python / PYTHON_FULL, Bound.PYTHON),
            (self._cores / CORES_FULL, Bound.CORES),
            (self._clock / CLOCK_FULL, Bound.CLOCK),
            key=lambda one: one[0],
        )
        by_cost = self._calls / fullness if fullness >= KNOWN and self._calls >= FEW else math.inf
        if self._carried < by_cost:
            return self._carried, Bound.LATE
        return by_cost, bound if by_cost < math.inf else Bound.NOTHING
