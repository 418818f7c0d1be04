"""Keeps a record of every call: opens it when the call is let in, closes it when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from gateway.call import CallInfo
from gateway.records.call_record import CallRecord
from gateway.records.call_recorder import CallRecorder


class RecordSink(Protocol):
    """Where records go; `put` returns at once."""

    def put(self, record: CallRecord) -> None:
        """Take a record, or the newer form of one."""


class RecordKeeper:
    """Of one process. `keeps_words`: what was said is kept as well."""

    def __init__(self, sink: RecordSink, *, keeps_words: bool) -> None:
        self._sink = sink
        self._keeps_words = keeps_words

    def watch(self, info: CallInfo, since: datetime, began: float) -> CallRecorder:
        """Return the listener of a call that came at `since`, which was `began` in the listeners' seconds."""
        return CallRecorder(info, since, began, keeps_words=self._keeps_words)

    def open(self, recorder: CallRecorder, plan: str | None) -> None:
        """Keep that there is this call, whatever becomes of us."""
        self._sink.put(recorder.opened(plan))

    def close(
        self,
        recorder: CallRecorder,
        plan: str | None,
        last_plan: str | None,
        figures: Mapping[str, Any],
        answered: Sequence[tuple[float, int]] = (),
    ) -> None:
        """Keep what became of it: see `CallRecorder.closed`."""
        self._sink.put(recorder.closed(plan, last_plan, figures, answered))
