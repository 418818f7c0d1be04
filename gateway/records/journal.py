"""The journal: every fact and order of every call as a JSON line, for load tests and for finding out why.

Not on by default: it holds what callers and agents said. Audio and the clock's ticks are left out, so a
talking call writes a few lines a second. Times are CLOCK_MONOTONIC in seconds, read when the bridge takes a
fact, before anything is done about it: the event loop's own time is of whole milliseconds only. What is in
the file stays; each process begins with a line that says what that clock and the calendar showed then.

A disk that is full or slow costs lines, never a call: a thread of its own writes, and what was lost is said
in the journal and in the log.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson
import structlog

from gateway.background_writer import BackgroundWriter
from gateway.call import AgentAudio, CallInfo, Fact, Order, Play, Tick
from gateway.errors import BadInput
from gateway.number_mask import masked_fields
from gateway.records.listener_group import EVENTS

log = structlog.get_logger(__name__)

KEPT = EVENTS - {AgentAudio, Play, Tick}
"""What is written: all but sound, which is large and comes often."""
GATHER_S = 0.1
"""Seconds for which lines gather: a busy gateway has thousands a second, which nobody reads as they come."""


class Journal:
    """Writes to the end of one file; a context that closes it.

    `masks`: of telephone numbers only the ends.
    """

    def __init__(self, path: Path, *, masks: bool = False) -> None:
        self._line = _masked_line if masks else _line
        try:
            torn = _is_torn(path)
            with path.open("ab") as file:
                self._writer = BackgroundWriter(
                    file.fileno(),
                    lambda lines: _line({"what": "Lost", "lines": lines}),
                    on_trouble=self._warn,
                    gather_seconds=GATHER_S,
                )
        except OSError as error:
            raise BadInput("journal", "file", str(path), error.strerror or str(error)) from None
        self._path = path
        if torn:
            self._writer.write(b"\n")
        began = datetime.now(UTC).isoformat(timespec="microseconds")
        self._writer.write(
            _line({"what": "Began", "at": time.monotonic(), "time": began, "pid": os.getpid()})
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def flush(self) -> bool:
        """Wait a moment until everything was written; return False if it was not."""
        return self._writer.flush()

    def watch(self, info: CallInfo) -> Callable[[Fact | Order, float], None]:
        """Begin a call; return the listener for its facts and orders."""
        self._writer.write(self._line({"call": info.id, "sip_call_id": info.sip_call_id}))
        return _CallNotes(info.id, self._writer.write, self._line)

    def _warn(self, error: OSError) -> None:
        log.warning("journal.unwritable", file=str(self._path), error=error.strerror or str(error))


class _CallNotes:
    """The listener of one call."""

    __slots__ = ("_call", "_line", "_write")

    hears = KEPT

    def __init__(
        self, call: str, write: Callable[[bytes], None], line: Callable[[dict[str, object]], bytes]
    ) -> None:
        self._call = call
        self._write = write
        self._line = line

    def __call__(self, event: Fact | Order, _now: float) -> None:
        told = {"call": self._call, "at": time.monotonic(), "what": type(event).__name__, "is": event}
        self._write(self._line(told))


def _is_torn(path: Path) -> bool:
    """Return whether a file ends in the middle of a line: its writer was killed, or the disk full."""
    if not path.is_file() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


_line = partial(orjson.dumps, default=str, option=orjson.OPT_APPEND_NEWLINE)


def _masked_line(told: dict[str, object]) -> bytes:
    return _line(masked_fields(orjson.loads(_line(told))))
