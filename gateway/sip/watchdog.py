"""Notices a caller of whom nothing comes: a vanished phone sends no BYE, and PJSIP has no time-out for RTP.

RTP is not all. Who is muted, suppresses silence or only listens may send none; RTCP, every five seconds or so
(RFC 3550 section 6.2), shows that somebody is there all the same.
"""

from __future__ import annotations

from gateway.media.media_port import Arrivals

NO_MEDIA = 15.0
"""Seconds without RTP and RTCP after which a caller counts as lost, where no plan says otherwise: three RTCP
intervals."""
BEFORE_FIRST = 2
"""So many times as long a call may go before its first packet: routers, relays and people take their time."""


class MediaWatchdog:
    """Watches what comes from one caller. Time is an argument; `limit` is in seconds, None for ever."""

    def __init__(self) -> None:
        self.limit: float | None = NO_MEDIA
        self._arrived = Arrivals(0, 0)
        self._since: float | None = None

    def lost(self, arrived: Arrivals | None, now: float) -> bool:
        """Return whether the caller is gone. `arrived`: all that has come; None while nothing is expected."""
        if arrived is None or arrived != self._arrived or self._since is None:
            self._since = now
            self._arrived = arrived or Arrivals(0, 0)
            return False
        if self.limit is None:
            return False
        waits = self.limit if arrived != Arrivals(0, 0) else self.limit * BEFORE_FIRST
        return now - self._since >= waits
