"""The last that happened, numbered, so that whoever was away for a moment misses nothing. Pure.

An id is `RUN-NUMBER`: another run of the API knows nothing of what this one has told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

MOST_LINES = 20_000
MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class NewsLine:
    """Something that happened, as Server-Sent Events have it (WHATWG HTML, 9.2.6)."""

    number: int
    call: str | None
    """None: it is not of one call."""
    what: str
    sent: bytes

    @property
    def data(self) -> bytes:
        """What happened, as JSON."""
        return self.sent.partition(b"\ndata: ")[2].rstrip()


class NewsRing:
    """Keeps so many lines, and so many bytes, of the newest."""

    def __init__(self, run: str, most_lines: int = MOST_LINES, most_bytes: int = MOST_BYTES) -> None:
        self.run = run
        self._lines: deque[NewsLine] = deque()
        self._bytes = 0
        self._most = (most_lines, most_bytes)
        self.last = 0
        """The number of the newest line; 0 before there is one."""

    @property
    def last_id(self) -> str:
        """Return what `Last-Event-ID` has to say to hear all that follows."""
        return f"{self.run}-{self.last}"

    def add(self, call: str | None, what: str, data: bytes) -> None:
        """Add a line; `data` is JSON without a newline."""
        self.last += 1
        sent = b"id: %s-%d\nevent: %s\ndata: %s\n\n" % (self.run.encode(), self.last, what.encode(), data)
        self._lines.append(NewsLine(self.last, call, what, sent))
        self._bytes += len(sent)
        lines, most_bytes = self._most
        while len(self._lines) > lines or (self._bytes > most_bytes and len(self._lines) > 1):
            self._bytes -= len(self._lines.popleft().sent)

    def number_of(self, event_id: str) -> int | None:
        """Return the number of an id of ours; None for one of another run, or of none."""
        run, _, number = event_id.rpartition("-")
        if run != self.run or not number.isascii() or not number.isdigit() or len(number) > 15:
            return None
        return min(int(number), self.last)

    def since(self, number: int) -> Iterator[NewsLine]:
        """Yield the lines after this one that are still there."""
        newer = self.last - number
        start = max(0, len(self._lines) - newer)
        for index in range(start, len(self._lines)):
            yield self._lines[index]

    def lost(self, number: int) -> int:
        """Return how many lines after this one are gone."""
        oldest = self._lines[0].number if self._lines else self.last + 1
        return max(0, oldest - number - 1)
