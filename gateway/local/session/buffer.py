"""The input audio buffer: what the caller has sent and nobody has taken yet, addressed by session time."""

from __future__ import annotations

from gateway.local.vocabulary import RATE, Clip

MAX_SECONDS = 600
"""Bound of what a client may pile up without committing; older audio goes first."""


class InputBuffer:
    """Caller audio at one rate. Times are milliseconds since the session's first sample."""

    def __init__(self) -> None:
        self._rate = RATE
        self._pcm = bytearray()
        self._begins = 0.0  # time of the first sample kept, in ms

    @property
    def begins_ms(self) -> float:
        """Time of the first sample that is still here."""
        return self._begins

    @property
    def ends_ms(self) -> float:
        """Time just after the last sample."""
        return self._begins + len(self._pcm) / self._bytes_per_ms

    @property
    def ms(self) -> float:
        """How much audio is here."""
        return len(self._pcm) / self._bytes_per_ms

    @property
    def _bytes_per_ms(self) -> float:
        return self._rate * 2 / 1000

    def append(self, clip: Clip) -> None:
        """Add audio. When the rate changes, what was there is forgotten; time goes on."""
        if clip.rate != self._rate:
            self._begins, self._rate = self.ends_ms, clip.rate
            self._pcm.clear()
        self._pcm += clip.pcm
        if self.ms > MAX_SECONDS * 1000:
            self.forget(self.ends_ms - MAX_SECONDS * 1000)

    def forget(self, before_ms: float) -> None:
        """Let go of everything before this time."""
        gone = self._offset(before_ms)
        if gone > 0:
            del self._pcm[:gone]
            self._begins += gone / self._bytes_per_ms

    def cut(self, start_ms: float, end_ms: float) -> Clip:
        """Copy out a stretch, as far as it is here."""
        return Clip(bytes(self._pcm[self._offset(start_ms) : self._offset(end_ms)]), self._rate)

    def clear(self) -> None:
        """Forget everything; time goes on."""
        self._begins = self.ends_ms
        self._pcm.clear()

    def _offset(self, at_ms: float) -> int:
        samples = round((at_ms - self._begins) * self._rate / 1000)
        return min(max(samples * 2, 0), len(self._pcm))
