"""The journal: every fact and order of every call as a JSON line, for load tests and for finding out why.

Not on by default: it holds what callers and agents said. Audio and the clock's ticks are left out, so a
talking call writes a few lines a second. Times are those of the event loop: CLOCK_MONOTONIC in seconds, as
libuv read it when the turn of the loop began, in whole milliseconds - an event is never later than its line.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from gateway.call import AgentAudio, CallInfo, Fact, Order, Play, Tick
from gateway.errors import BadInput

LEFT_OUT = (AgentAudio, Play, Tick)


class Journal:
    """Writes to one file, which it begins anew; a context that closes it."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("wb", buffering=0)  # a line is a write: readable while calls are up
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
        write, call = self._file.write, info.id
        write(orjson.dumps({"call": call, "sip_call_id": info.sip_call_id}) + b"\n")

        def note(event: Fact | Order, now: float) -> None:
            if not isinstance(event, LEFT_OUT):
                told = {"call": call, "at": now, "what": type(event).__name__, "is": event}
                write(orjson.dumps(told) + b"\n")

        return note
