"""A call's packets in other hands than the plane's: see `MediaPort.hand_over`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HandedLine:
    """Where they come and go. RTP as it is, unencrypted (RFC 3550)."""

    descriptor: int
    """Of the call's RTP socket (UDP); whoever has taken the line closes it."""
    host: str
    port: int
    """Where packets are sent, and come from."""
    sends: int
    """The payload type of those that are sent."""
    takes: int
    """That of those that come."""
    keys: int
    """That of keys which are sent (RFC 4733); negative where the far end takes none."""
