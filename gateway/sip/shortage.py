"""What the system lacked for calls that were refused is said now and then; what that broke is mended.

`shortage.cpp` refuses calls, `stale.cpp` leaves them unanswered, `listener.cpp` opens the listener again.
"""

from __future__ import annotations

import resource
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

SAY_EVERY_S = 60.0
"""Between two lines about the same want."""


class Shortage:
    """One line a minute for each want there is. Time is an argument, in seconds."""

    def __init__(
        self, refused: Callable[[], tuple[int, int, int]], revive_listener: Callable[[], bool]
    ) -> None:
        self._refused = refused
        self._revive_listener = revive_listener
        self._counts = [0] * len(WANTS)
        self._said = [float("-inf")] * len(WANTS)

    def look(self, now: float) -> None:
        """Count what was refused since the last look, and say it if it is time; see to the listener."""
        if self._revive_listener():
            log.warning("tcp.listening_anew")
        self._counts = [old + new for old, new in zip(self._counts, self._refused(), strict=True)]
        for want, say in enumerate(WANTS):
            if self._counts[want] and now - self._said[want] >= SAY_EVERY_S:
                say(self._counts[want])
                self._counts[want] = 0
                self._said[want] = now


def _descriptors(calls: int) -> None:
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    cure = "raise the open-files limit (ulimit -n, LimitNOFILE=): a call takes up to four"
    log.error("descriptors.exhausted", calls=calls, limit=now, most=most, cure=cure)


def _media(calls: int) -> None:
    cure = "widen the range of --rtp: a call takes two ports"
    log.error("rtp.exhausted", calls=calls, cure=cure)


def _time(calls: int) -> None:
    cure = "look what stopped the process, or keeps the machine so busy: docs/operating.md"
    log.error("sip.read_late", calls=calls, cure=cure)


WANTS: tuple[Callable[[int], None], ...] = (_descriptors, _media, _time)
