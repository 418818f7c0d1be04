"""Who has answered a call of ours, as far as its sound tells. Immutable values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class WhoAnswered(StrEnum):
    """Who it is."""

    HUMAN = "human"
    MACHINE = "machine"
    UNKNOWN = "unknown"
    """Nobody speaks: silence, music, a tone. Or nobody could listen."""


@dataclass(frozen=True, slots=True)
class AnsweredBy:
    """It is known, or as good as it ever will be, who has answered.

    `why`: what decided it, for people; `after_ms`: milliseconds of sound after the answer that it took.
    """

    who: WhoAnswered
    why: str
    after_ms: int
