"""What a port reports: see `gateway.media.media_port`, whose units they have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.call import ToneHeard


@dataclass(frozen=True, slots=True)
class MarkPlayed:
    """The phone side has pulled everything that was queued before this mark."""

    mark: int
    ago_ms: int = field(default=0, compare=False)
    """Since then, in whole ticks: a report that nobody waits for comes with others."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """An item of which the caller heard nothing, because a flush came first."""

    item: int
    samples: int
    """Samples of it that were in the queue."""


@dataclass(frozen=True, slots=True)
class PortFlushed:
    """A flush took effect. One event for each `flush()`, in order.

    `item` is the one whose samples were pulled last, be it still on air or long over; 0 if nothing was
    ever played. Items queued behind it, not begun yet, are in `dropped`, in order.
    """

    item: int
    heard_samples: int
    """Samples of `item` really pulled by the phone side since it began, the fade included."""
    remaining_samples: int
    """Samples of `item` that were queued and are gone."""
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class VoiceChanged:
    """The caller began to speak, or has been silent for a while. See `detect`."""

    started: bool
    ago_ms: int
    """From the voice's first sample, or the first after its last one, until now: about 80 and 360."""


@dataclass(frozen=True, slots=True)
class KeyHeard:
    """The tones of a key began in the caller's sound, 30 to 40 ms ago. See `hear_keys`."""

    key: str


Event: TypeAlias = MarkPlayed | PortFlushed | VoiceChanged | KeyHeard | ToneHeard
