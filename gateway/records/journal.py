"""The journal: every fact and order of every call as a JSON line, for load tests and for finding out why.

Not on by default: it holds what callers and agents said. Audio and the clock's ticks are left out, so a
talking call writes a few lines a second. Times are CLOCK_MONOTONIC in seconds, read when the bridge takes a
fact, before anything is done about it: the event loop's own time is of whole milliseconds only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from gateway.call import AgentAudio, CallInfo, Fact, LegEnded, Order, Play, Tick
from gateway.errors import BadInput

LEFT_OUT = (AgentAudio, Play, Tick)


class Journal:
    """Writes to one file, which it begins anew; a context that closes it."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise BadInput("journal", "file", str(path), error.strerror or str(error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def watch(self, info: CallInfo) -> Callable[[Fact | Order, float], None]:
        """Begin a call; gives what is to hear its facts and orders."""
        write, call, clock = self._file.write, info.id, time.monotonic
        write(orjson.dumps({"call": call, "sip_call_id": info.sip_call_id}) + b"\n")

        def note(event: Fact | Order, _now: float) -> None:
            if not isinstance(event, LEFT_OUT):
                told = {"call": call, "at": clock(), "what": type(event).__name__, "is": event}
                write(orjson.dumps(told, default=str) + b"\n")
            if isinstance(event, LegEnded):
                self._file.flush()  # a call that is over can be read up

        return note
