"""Lines for a pipe, a terminal or a file, written by a thread of their own: nobody else ever waits for them.

A reader that stops reading, or a disk that is full, costs lines and nothing else. What was lost is counted,
and said in the same stream as soon as that can be written again.
"""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress

MOST_BYTES = 8 * 1024 * 1024
"""Bytes that may wait to be written: a minute of a busy gateway's log."""
GATHER_S = 0.02
"""Seconds for which lines gather after some were written: a thread that is woken for each takes the
interpreter from whoever serves calls, thousands of times a second where much is written."""
CLOSE_WITHIN = 1.0
"""Seconds that the end waits for what was not written yet."""


class BackgroundWriter:
    """Writes whole lines to a duplicate of a descriptor, in order, from any thread.

    `says_lost` makes a line out of the number of lines that were lost before it. `on_trouble` is called on
    the writer's thread with the first error of several in a row. `gather_seconds`: for how long lines gather
    after some were written; so many are lost when the process is killed. `descriptor` itself stays the
    caller's, and may be closed. Raises OSError when it is not open.
    """

    def __init__(
        self,
        descriptor: int,
        says_lost: Callable[[int], bytes],
        *,
        on_trouble: Callable[[OSError], None] = lambda _error: None,
        most_bytes: int = MOST_BYTES,
        gather_seconds: float = GATHER_S,
    ) -> None:
        self._out = os.dup(descriptor)
        self._says_lost = says_lost
        self._on_trouble = on_trouble
        self._in_trouble = False
        self._most_bytes = most_bytes
        self._gather_seconds = gather_seconds
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._lost = 0
        self._torn = False
        self._left = 0  # bytes of what is written that could not be
        self._closing = False
        self._idle = False  # the thread waits for a line, and not only for more of them
        self._hurry = 0  # so many wait until everything is written
        self._lock = threading.RLock()  # without a function of Python's, as a condition's own would be
        self._changed = threading.Condition(self._lock)
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def write(self, line: bytes) -> None:
        """Take a line, its newline included; it is lost, and counted, where too much waits already."""
        with self._lock:
            if self._closing or self._bytes + len(line) > self._most_bytes:
                self._lost += 1
                return
            self._lines.append(line)
            self._bytes += len(line)
            if self._idle:
                self._changed.notify_all()

    def flush(self, seconds: float = CLOSE_WITHIN) -> bool:
        """Wait until everything was written, so many seconds at most; return False if it was not."""
        with self._changed:
            self._hurry += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: not self._bytes, seconds)
            finally:
                self._hurry -= 1

    def close(self, seconds: float = CLOSE_WITHIN) -> None:
        """Write what is left if that is done in time, and end. Idempotent."""
        self.flush(seconds)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(seconds if self.flush(0) else 0)

    # --- the writer's thread -------------------------------------------------------------------------

    def _run(self) -> None:
        while lines := self._next():
            for some in _together(lines):
                self._write_out(some)
                with self._changed:
                    self._bytes -= sum(map(len, some))
                    if not self._bytes:
                        self._changed.notify_all()
        with suppress(OSError):
            self._tell_lost()
        os.close(self._out)

    def _write_out(self, lines: list[bytes]) -> None:
        piece, told = b"".join(lines), False
        self._left = len(piece)
        try:
            self._tell_lost()
            told = True
            self._put(piece)
            self._in_trouble = False
        except OSError as error:  # no room, or nobody there: the next line is tried again
            with self._changed:
                self._lost += _unfinished(lines, self._left) if told else len(lines)
            if not self._in_trouble:
                self._in_trouble = True
                self._on_trouble(error)

    def _next(self) -> list[bytes]:
        """Return the lines that wait, in their order; none at the end."""
        with self._changed:
            # The first line after a rest is written at once, those that follow it together.
            self._changed.wait_for(lambda: self._hurry or self._closing, self._gather_seconds)
            if not self._lines:
                self._idle = True
                self._changed.wait_for(lambda: self._lines or self._closing)
                self._idle = False
            lines = list(self._lines)
            self._lines.clear()
            return lines

    def _tell_lost(self) -> None:
        with self._changed:
            lost = self._lost
        if not lost:
            return
        self._put(self._says_lost(lost))
        with self._changed:
            self._lost -= lost

    def _put(self, lines: bytes) -> None:
        """Write lines in one piece, which a pipe keeps together (PIPE_BUF, POSIX write). Raises OSError."""
        left = memoryview(b"\n" + lines if self._torn else lines)
        whole = len(left)
        while left:
            try:
                left = left[os.write(self._out, left) :]
            except BlockingIOError:  # somebody else made the pipe one that does not wait
                select.select([], [self._out], [], CLOSE_WITHIN)
            except OSError:
                if len(left) < whole:  # half a line may stand there: the next begins a new one
                    self._torn = lines[len(lines) - len(left) - 1 : len(lines) - len(left)] != b"\n"
                    self._left = len(left)
                raise
        self._torn = False


def _together(lines: list[bytes]) -> Iterator[list[bytes]]:
    """Yield those that fit into one piece, in order: a system call for each would be many."""
    some: list[bytes] = []
    size = 0
    for line in lines:
        if some and size + len(line) > select.PIPE_BUF:
            yield some
            some, size = [], 0
        some.append(line)
        size += len(line)
    if some:
        yield some


def _unfinished(lines: list[bytes], left: int) -> int:
    """Return how many of the last lines `left` bytes, which were not written, belong to."""
    count = 0
    while left > 0:
        count += 1
        left -= len(lines[-count])
    return count
