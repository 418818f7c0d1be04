"""What a server may do wrong on purpose, so that clients can be tested; by default nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A connection attempt answered with an HTTP error instead of an upgrade."""

    status: int
    code: str
    message: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults of one session, in seconds from its beginning."""

    drop_after_s: float | None = None
    drop_code: int = 1006
    """Close code; 1006 cuts the line without a word."""
    expire_after_s: float | None = None
    """`session_expired`, then close 1001, earlier than the settings say."""
    frames: tuple[tuple[float, bytes], ...] = ()
    """Frames sent unasked: when, and what."""


NO_FAULTS = Faults()
