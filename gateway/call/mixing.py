"""What a leg hears besides its agent, and who hears it: orders and facts of joins, music and muting."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AgentRole(StrEnum):
    """What the agent of a joined leg has to do with the two: with the leg that `Join` was given to."""

    OUT = "out"
    """It hears nothing. What is played to a leg (`Play`) is heard on that leg alone."""
    LISTENS = "listens"
    """It hears both, and nobody hears it: what it says waits, `Flush` drops it."""
    WHISPERS = "whispers"
    """It hears both; its own leg alone hears it."""
    WHISPERS_ACROSS = "whispers_across"
    """It hears both; the other leg alone hears it."""
    TALKS = "talks"
    """It hears both, and both hear it: a party of three."""


@dataclass(frozen=True, slots=True)
class Join:
    """Let this leg and another of this process hear each other, from the next tick on.

    `leg`: the other's `info.id`. Ordered again with another role it changes that, without a seam; with
    another leg, it leaves the one before. Sound goes from packet to packet in the media plane, each leg at
    its own rate; what one presses reaches the other as RFC 4733 events. It outlasts hold, re-INVITE and a
    change of codec on either side, and ends with `Separate` to either leg or the end of either: both then
    are with their own agent again. Both legs report `Joined` and `Separated`; where the other is not up, and
    in portable mode, this one reports `Separated` at once.
    """

    leg: str
    agent: AgentRole = AgentRole.OUT


@dataclass(frozen=True, slots=True)
class Separate:
    """Undo `Join`; nothing where there is none."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Let nobody hear the caller, or again: no agent, no detector, no leg that is joined, no recording.

    The keys that he presses are told all the same.
    """

    on: bool


@dataclass(frozen=True, slots=True)
class PlayMusic:
    """Play this to the caller over and over until told otherwise: PCM16LE mono 24 kHz; empty: no more.

    It gives way, fading, to whatever else is played (`Play`), and goes on after it. `level`: 0.0 to 1.0. Legs
    that are given one and the same `bytes` share its memory. `rings`: it is over when the call is answered.
    """

    pcm: bytes
    level: float = 1.0
    rings: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """Legs that were joined hear each other from now on (`Join`). `leg`: the other one's `info.id`."""

    leg: str
    agent: AgentRole = AgentRole.OUT
    """What this leg's agent has to do with them."""


@dataclass(frozen=True, slots=True)
class Separated:
    """Legs that were joined hear each other no more, or never did. `why`: empty where it was ordered."""

    leg: str
    why: str = ""


MixOrder = Join | Separate | Mute | PlayMusic
