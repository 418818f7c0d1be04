"""What keeps going wrong with a provider, once a minute and cause, with a count: not a line for each attempt.

A thousand calls that find one wrong key would write seven thousand lines, and hide all others.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import Any

import structlog

from gateway.call import SessionFault, SessionLost
from gateway.realtime import error_policy
from gateway.realtime.error_policy import Reaction

log = structlog.get_logger(__name__)

PERIOD_S = 60.0
"""Seconds between two lines of one cause."""
MOST_CAUSES = 256
"""Causes told apart at a time; the text of a server can be another each time."""
_CHANGES = re.compile(r"\b[\w-]*\d[\w-]{7,}\b|\b[\w-]{7,}\d[\w-]*\b")
"""What names one request, such as an id: the cause is the same."""


@dataclass(slots=True)
class _Repeated:
    write: Callable[..., None]
    told: dict[str, Any]
    times: int = 0


class CauseLog:
    """One a process. A cause is told at once, and again after a minute if it came again, with how often."""

    def __init__(self, period: float = PERIOD_S) -> None:
        self._period = period
        self._causes: dict[tuple[str, ...], _Repeated] = {}

    def ended(self, provider: str, lost: SessionLost, *, was_ready: bool) -> None:
        """A session is lost; or none could be had, which comes again and again."""
        told = {"provider": provider, "code": lost.code, "message": lost.message, "fatal": lost.fatal}
        if was_ready:
            log.info("session.ended", **told)
        else:
            self._tell(_write_refused, told)

    def told(self, provider: str, fact: SessionFault) -> None:
        """A server reports a fault, or we find one; of races that cannot be avoided nothing is told."""
        if error_policy.of_fault(fact.code, fact.message) is not Reaction.IGNORE:
            told = {"provider": provider, "code": fact.code, "message": fact.message}
            self._tell(_write_fault, told)

    def _tell(self, write: Callable[..., None], told: dict[str, Any]) -> None:
        key = tuple(_CHANGES.sub("", str(value)) for value in told.values())
        if (found := self._causes.get(key)) is not None:
            found.times, found.told = found.times + 1, told
            return
        write(**told, times=1)
        if len(self._causes) < MOST_CAUSES:
            self._causes[key] = _Repeated(write, told)
            self._look_again(key)

    def _look_again(self, key: tuple[str, ...]) -> None:
        # In no call's context: what is told then was not only that one's.
        asyncio.get_running_loop().call_later(self._period, self._over, key, context=Context())

    def _over(self, key: tuple[str, ...]) -> None:
        found = self._causes[key]
        if not found.times:
            del self._causes[key]
            return
        times, found.times = found.times, 0
        found.write(**found.told, times=times)
        self._look_again(key)


def _write_refused(**told: object) -> None:
    log.warning("session.refused", **told)


def _write_fault(**told: object) -> None:
    log.warning("session.fault", **told)
