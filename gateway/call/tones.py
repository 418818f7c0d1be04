"""Tones of the network and of machines in what the far side sends: the order and the fact."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CallTone(StrEnum):
    """What a tone tells, as telephone networks have them (ITU-T E.180 and its supplement 2, E.182)."""

    BEEP = "beep"
    """One steady tone of 0.1 to 4 s, and quiet after it: a machine has begun to record."""
    RINGBACK = "ringback"
    """A phone rings at the far end."""
    BUSY = "busy"
    """It is taken; or the far end has hung up, where a network says so by a tone."""
    CONGESTION = "congestion"
    """No way there: the fast busy tone."""
    SIT = "sit"
    """Three rising tones before an announcement: the number is not in service, or cannot be reached."""
    DIAL = "dial"
    """A line waits for a number."""
    FAX = "fax"
    """A fax machine or a modem has answered, or calls."""


@dataclass(frozen=True, slots=True)
class HearTones:
    """Report `ToneHeard` from now on, or no more; off at first, as it costs. Portable mode hears none."""

    on: bool


@dataclass(frozen=True, slots=True)
class ToneHeard:
    """A tone of the network or of a machine was heard from the far side, before its answer or after it.

    A beep is told when it is over, once each. The others are told when they are known, and not again while
    they last or come back within 8 s: a ringing of 1 to 2 s at the end of its first burst, one that takes two
    bursts to be told (busy, congestion) at the end of the second, an endless one (dial, fax) while it lasts.
    """

    tone: CallTone
    ago_ms: int = 0
    """How long its last sound is over; 0 while it lasts."""
