"""One call's recording: where each block of its tap belongs in the file, and what is missing. Pure.

The file's time begins with the first block, and goes on by the ticks of the media clock: both channels of a
block are of the same ticks, so neither ever runs away from the other. Blocks of another rate, after a change
of codec, are brought to the file's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.arrays import np, soxr
from gateway.call import TICKS_A_SECOND, TapBlock

MOST_GAPS = 200
"""Named of one recording; all others are silence all the same."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a recording lacks something, from its beginning on."""

    at_ms: int
    ms: int
    why: str
    """`not_heard`: nobody was on the line, as on hold; `paused`; `unwritable`, as on a full disk; `late`: the
    disk was too slow; `caller_missing`: only the caller's side lacks it, as nothing had come from there."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Sound and the frame at which it belongs: PCM16LE in two channels."""

    frame: int
    pcm: bytes


class Track:
    """Give it every block in its order; `rate` is the file's, samples a second, once there was one."""

    def __init__(self) -> None:
        self.rate = 0
        self.gaps: list[Gap] = []
        self._first = self._next = 0  # ticks
        self._resampler: tuple[int, Any] | None = None
        self._shift = 0  # frames that a resampler still holds back

    @property
    def ticks(self) -> int:
        """How long it is by now, in ticks of 20 ms."""
        return self._next - self._first if self.rate else 0

    @property
    def frames(self) -> int:
        """The same in frames."""
        return self._frame(self._next)

    def take(self, block: TapBlock, missing: str = "not_heard") -> Iterator[Piece]:
        """Yield what is to be written of a block; `missing` says why, if anything before it is not there."""
        if not self.rate:
            self.rate, self._first, self._next = block.rate, block.tick, block.tick
        if block.tick > self._next:
            self._gap(self._next, block.tick, missing)
            self._resampler = None
        begin, self._next = block.tick, block.tick + block.ticks
        if block.caller_missing:
            self._gap(begin, self._next, "caller_missing")
        yield self._piece(begin, block)

    def unwritten(self, piece: Piece) -> None:
        """A piece could not be written."""
        begin = self._first + piece.frame * TICKS_A_SECOND // self.rate
        self._gap(begin, begin + max(1, len(piece.pcm) // 4 * TICKS_A_SECOND // self.rate), "unwritable")

    def _piece(self, begin: int, block: TapBlock) -> Piece:
        frame = self._frame(begin)
        if block.rate == self.rate:
            self._resampler = None
            return Piece(frame, block.pcm)
        if self._resampler is None or self._resampler[0] != block.rate:
            self._resampler = block.rate, soxr.ResampleStream(block.rate, self.rate, 2, dtype="int16")
            self._shift = 0
        samples = np.frombuffer(block.pcm, "<i2").reshape(-1, 2)
        resampled = self._resampler[1].resample_chunk(samples)
        piece = Piece(max(0, frame - self._shift), resampled.tobytes())
        self._shift += self._frame(self._next) - frame - len(resampled)
        return piece

    def _gap(self, begin: int, end: int, why: str) -> None:
        at_ms, ms = ((tick * 1000) // TICKS_A_SECOND for tick in (begin - self._first, end - begin))
        last = self.gaps[-1] if self.gaps else None
        if last is not None and last.why == why and last.at_ms + last.ms == at_ms:
            self.gaps[-1] = Gap(last.at_ms, last.ms + ms, why)
        elif len(self.gaps) < MOST_GAPS:
            self.gaps.append(Gap(at_ms, ms, why))

    def _frame(self, tick: int) -> int:
        return int((tick - self._first) * self.rate // TICKS_A_SECOND)
