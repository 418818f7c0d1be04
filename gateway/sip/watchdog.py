"""Notices a caller whose audio has stopped: a vanished phone sends no BYE, and PJSIP has no RTP time-out."""

from __future__ import annotations

FIRST_PACKET = 30.0
"""Seconds an answered call may go without its first RTP packet."""
NEXT_PACKET = 15.0
"""Seconds without RTP after which a call that had it counts as lost; a call on hold is exempt."""


class RtpWatchdog:
    """Watches one call's count of received RTP packets. Time is an argument, in seconds."""

    def __init__(self) -> None:
        self._packets = 0
        self._since: float | None = None

    def lost(self, packets: int | None, now: float) -> bool:
        """Return whether the caller's audio is gone. `packets` is None while none is expected."""
        if packets is None or packets != self._packets or self._since is None:
            self._since = now
            self._packets = packets or 0
            return False
        return now - self._since >= (NEXT_PACKET if packets else FIRST_PACKET)
