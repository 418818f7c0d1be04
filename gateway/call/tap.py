"""What was heard and said on a leg, for whoever records it: the contract of a tap.

A tap hears a leg in the media plane, after everything that changes its sound: what the caller said as it was
heard (after loss and concealment; silence while muted), and what went out to him (after flush, fade, duck,
music and whoever is joined). Both come from one and the same tick of the clock, so they stay aligned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

TAP_SECONDS = 10.0
"""What a tap holds for a reader who is late."""
TICKS_A_SECOND = 50


@dataclass(frozen=True, slots=True)
class TapBlock:
    """A stretch of a leg's sound without a gap."""

    tick: int
    """Place of its first 20 ms on the process's clock, which counts for all legs: between two blocks that do
    not meet there is a gap, be it because the leg was on hold or because nobody read in time.
    """
    rate: int
    """Samples a second: the line's own, and it may change with the codec in the middle of a call."""
    pcm: bytes
    """PCM16LE, two channels interleaved: the caller left, what he was sent right; whole ticks of 20 ms."""
    caller_missing: bool = False
    """Nothing had come from the caller: his channel is silence, or what concealed the loss."""

    @property
    def ticks(self) -> int:
        """Ticks of 20 ms in it."""
        return len(self.pcm) * TICKS_A_SECOND // (4 * self.rate)


class LegTap(Protocol):
    """Made by `Leg.tap`. Any one thread may read it: it never waits, and nobody's sound waits for it."""

    def read(self) -> list[TapBlock]:
        """Take what was heard since the last call, in order; after the leg's end what is left."""

    @property
    def lost(self) -> int:
        """Ticks that were dropped because nobody read for longer than the tap holds: no sound on the line."""

    def close(self) -> None:
        """Hear no more. Idempotent; what was heard may still be read."""
