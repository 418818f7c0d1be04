"""Keeps a record of every call: opens it when the call is let in, closes it when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from gateway.call import CallInfo
from gateway.records.call_record import CallRecord
from gateway.records.call_recorder import CallRecorder
from gateway.records.recording.recording import TapRecording


class RecordSink(Protocol):
    """Where records go; `put` returns at once."""

    def put(self, record: CallRecord) -> None:
        """Take a record, or the newer form of one."""


class RecordSinks:
    """Several as one."""

    def __init__(self, *sinks: RecordSink) -> None:
        self._sinks = sinks

    def put(self, record: CallRecord) -> None:
        """See `RecordSink`."""
        for sink in self._sinks:
            sink.put(record)


class RecordKeeper:
    """Of one process. `keeps_words`: what was said is kept as well."""

    def __init__(self, sink: RecordSink, *, keeps_words: bool) -> None:
        self._sink = sink
        self._keeps_words = keeps_words

    def watch(self, info: CallInfo, since: datetime, began: float) -> CallRecorder:
        """Return the listener of a call that came at `since`, which was `began` in the listeners' seconds."""
        return CallRecorder(info, since, began, keeps_words=self._keeps_words)

    def open(self, recorder: CallRecorder, plan: str | None, recording: TapRecording | None = None) -> None:
        """Keep that there is this call, and its recording once that has begun, whatever becomes of us."""
        begun = None if recording is None else recording.begun
        self._sink.put(replace(recorder.opened(plan), recording=begun))

    def close(
        self,
        recorder: CallRecorder,
        plan: str | None,
        last_plan: str | None,
        figures: Mapping[str, Any],
        answered: Sequence[tuple[float, int]] = (),
        recording: TapRecording | None = None,
    ) -> None:
        """Keep what became of it: see `CallRecorder.closed`; when its recording is written, if it has one."""
        record = recorder.closed(plan, last_plan, figures, answered)
        if recording is None:
            self._sink.put(record)
        else:
            recording.stop(lambda told: self._sink.put(replace(record, recording=told)))
