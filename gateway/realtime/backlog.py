"""Caller audio that waits for the session: bounded, the oldest goes first."""

from __future__ import annotations

from gateway.audio import BYTES_PER_MS
from gateway.short_queue import ShortQueue

MOST_MS = 5_000
"""What is older than this is not worth hearing any more: the caller has long gone on."""

AT_ONCE_MS = 400
"""A backlog is sent in pieces of this length at most, so that what is urgent can pass between them."""


class Backlog:
    """A queue of PCM, counted in bytes."""

    def __init__(self, most_ms: int = MOST_MS, bytes_per_ms: int = BYTES_PER_MS) -> None:
        self._most = most_ms * bytes_per_ms
        self._at_once = AT_ONCE_MS * bytes_per_ms
        self._bytes_per_ms = bytes_per_ms
        self._pieces = ShortQueue[bytes]()
        self._held = 0
        self._dropped = 0

    def __bool__(self) -> bool:
        return bool(self._pieces)

    @property
    def held_ms(self) -> int:
        """Audio waiting, in ms."""
        return self._held // self._bytes_per_ms

    @property
    def dropped_ms(self) -> int:
        """Audio given up since the beginning, in ms."""
        return self._dropped // self._bytes_per_ms

    def put(self, pcm: bytes) -> None:
        """Add a piece; when there is too much, the oldest go, of a long one no more than needed."""
        if len(pcm) <= self._at_once:
            self._pieces.append(pcm)
        else:
            self._pieces.extend(pcm[at : at + self._at_once] for at in range(0, len(pcm), self._at_once))
        self._held += len(pcm)
        while self._held > self._most:
            oldest = len(self._pieces.popleft())
            self._held -= oldest
            self._dropped += oldest

    def take(self) -> bytes:
        """Take the oldest piece, or several as one when more than one waits."""
        piece = self._pieces.popleft()
        self._held -= len(piece)
        if not self._pieces:
            return piece  # the usual case: nothing has to be copied
        joined, size = [piece], len(piece)
        while self._pieces and size + len(self._pieces[0]) <= self._at_once:
            piece = self._pieces.popleft()
            joined.append(piece)
            size += len(piece)
            self._held -= len(piece)
        return b"".join(joined)

    def contents(self) -> bytes:
        """Return all that waits, without taking it."""
        return b"".join(self._pieces)

    def clear(self) -> None:
        """Forget what waits, without counting it as dropped."""
        self._pieces.clear()
        self._held = 0
