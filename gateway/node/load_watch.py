"""Watches how much this process has to do, and tells the guard how many more calls may come in.

Ten times a second while there are calls; what follows from it is `load_limit`'s. An INVITE is refused by the
guard alone (`gateway/sip/admission.cpp`), so it is answered however late we are here.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

import structlog

from gateway.media.media_port import ClockStats
from gateway.node.load_limit import LoadLimit, LoadSample, Room
from gateway.tasks import next_look, together, until

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.1
AT_REST_S = 10 * LOOK_EVERY_S
"""Between two looks while no call is up and none comes; as many may come in it as otherwise."""
SAY_EVERY_S = 10.0
"""Between two lines about calls that are refused."""
TICK_US = 20_000
"""Of the media clock."""
QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""What a container may use of the cores: `QUOTA PERIOD` in microseconds, or `max PERIOD`."""


class Guard(Protocol):
    """What is asked of `gateway.sip._guard`."""

    def admit(self, calls: int, full: bool) -> None:
        """Let in so many calls more."""

    def refused_for_load(self) -> int:
        """Return how many were one too many since the last look."""


@dataclass(frozen=True, slots=True)
class _Used:
    """What was used up so far, in seconds and microseconds."""

    at: float
    python: float
    process: float
    ticks: int
    late_ticks: int
    busy_us: int


class LoadWatch:
    """Of one process, on the event loop; `calls` returns how many are up, `clock` how the media clock is."""

    def __init__(self, guard: Guard, calls: Callable[[], int], clock: Callable[[], ClockStats]) -> None:
        self._guard = guard
        self._calls = calls
        self._clock = clock
        self._limit = LoadLimit()
        self._cores = cores()
        self._before = self._used()
        self._unsaid = 0
        self._said = float("-inf")
        self._comes = asyncio.Event()
        self.refused = 0
        """Calls that were refused so far."""
        self.room: Room | None = None
        """How many may come in now."""

    async def run(self) -> NoReturn:
        """Look and tell until cancelled; then any number may come."""
        now = asyncio.get_running_loop().time
        try:
            while True:
                due = await self._sleep(now)
                self._look(now() - due)
        finally:
            self._guard.admit(-1, False)

    def call_comes(self) -> None:
        """Look at once, if nothing has come for a while: others may come with it."""
        self._comes.set()

    @property
    def _rests(self) -> bool:
        return not self._calls() and not self._comes.is_set()

    async def _sleep(self, now: Callable[[], float]) -> float:
        """Sleep until the next look; return when it was due."""
        if not self._rests:
            self._comes.clear()
            due = together(now() + LOOK_EVERY_S / 2, every=LOOK_EVERY_S)
            await asyncio.sleep(due - now())
            return due
        due = next_look(now(), AT_REST_S)
        with suppress(TimeoutError):
            async with until(due):
                await self._comes.wait()
        return min(due, now())

    def _look(self, loop_late: float) -> None:
        room = self.room = self._limit.after(self._moment(max(loop_late, 0.0)))
        looks = round(AT_REST_S / LOOK_EVERY_S) if self._rests else 1
        self._guard.admit(looks * room.calls, room.full)
        if refused := self._guard.refused_for_load():
            self.refused += refused
            self._unsaid += refused
        now = self._before.at
        if self._unsaid and now - self._said >= SAY_EVERY_S:
            log.warning(
                "load.too_high",
                refused=self._unsaid,
                calls=self._calls(),
                carries=room.limit,
                cure=room.bound.value or "they came all at once",
            )
            self._unsaid, self._said = 0, now

    def _moment(self, loop_late: float) -> LoadSample:
        before, now = self._before, self._used()
        self._before = now
        seconds, ticks = max(now.at - before.at, 1e-6), max(now.ticks - before.ticks, 1)
        return LoadSample(
            seconds,
            self._calls(),
            python=(now.python - before.python) / seconds,
            cores=(now.process - before.process) / seconds / self._cores,
            clock=(now.busy_us - before.busy_us) / (ticks * TICK_US),
            loop_late=loop_late,
            ticks_late=(now.late_ticks - before.late_ticks) / ticks,
        )

    def _used(self) -> _Used:
        clock = self._clock()
        return _Used(
            time.monotonic(),
            time.thread_time(),
            time.process_time(),
            clock.ticks,
            clock.late_ticks,
            clock.busy_us,
        )


def cores(quota: Path = QUOTA) -> float:
    """Return how many cores this process may use: where it may run, or what its container may have."""
    allowed = float(len(os.sched_getaffinity(0)))
    try:
        most, period = quota.read_text(encoding="ascii").split()
        return min(allowed, int(most) / int(period))
    except (OSError, ValueError):  # no such bound
        return allowed
