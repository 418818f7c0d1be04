"""The thread that writes records: nothing that serves a call waits for a disk or a database.

What is to be written waits in a bounded queue, is written in batches, and is tried again as long as the
database cannot take it. A record is put twice, when its call is let in and when it is over: after a sudden
death the first one tells that there was a call.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from gateway.records.call_record import CallRecord
from gateway.records.store.record_queue import RecordQueue, WaitingRecord, WaitingRecords

log = structlog.get_logger(__name__)

BATCH = 200
"""Records in one transaction."""
GATHER_S = 0.1
"""Seconds that records wait for others after some were written: of many calls they are written together."""
RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds to wait after the first failures, the last also after all others."""
EXPIRE_EVERY_S = 3600.0
"""Seconds between two looks for what is too old; more often where they are kept for less than ten hours."""
LOOK_EVERY_S = 5.0
"""Seconds between two looks at who has died: what a machine lost is told soon, and a connection to the
database that was lost is made again, by which others know that we live."""
CLOSE_WITHIN_S = 5.0


class Records(Protocol):
    """What a database does; every method may raise `errors`, or wait."""

    def begin_run(self, run: str) -> int:
        """Return how many calls of dead runs were closed."""

    def close_dead(self, run: str) -> int:
        """Return how many calls of runs were closed that have died since."""

    def end_run(self, run: str) -> None:
        """Forget the run."""

    def put(self, run: str, records: list[CallRecord]) -> None:
        """Write in one transaction."""

    def expire(self, before: datetime) -> int:
        """Return how many were deleted."""

    def close(self) -> None:
        """Let go."""


class RecordWriter:
    """Writes until `close`.

    `open_records` opens the database, in the thread; `keep` is how long records stay, None for ever; `errors`
    are those that pass. `on_written` is called in the thread after each batch; `redact` takes out of a record
    what is not to be kept, in the thread as well. `waiting`: where they wait.
    """

    def __init__(
        self,
        run: str,
        open_records: Callable[[], Records],
        keep: timedelta | None,
        errors: tuple[type[Exception], ...],
        on_written: Callable[[], None] = lambda: None,
        redact: Callable[[CallRecord], CallRecord] = lambda record: record,
        waiting: WaitingRecords | None = None,
    ) -> None:
        self._run = run
        self._open = open_records
        self._keep = keep
        self._errors = errors
        self._on_written = on_written
        self._redact = redact
        self._waiting = RecordQueue() if waiting is None else waiting
        self._writing = 0
        self._dropped = 0
        self._failures = 0
        self._expired = float("-inf")
        self._looked = time.monotonic()
        self._closing = False
        self._idle = False  # the thread waits for a record, and not only for more of them
        self._hurry = 0  # so many wait until everything is written
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="records", daemon=True)
        self._thread.start()

    def put(self, record: CallRecord) -> None:
        """Take a record; it is lost, and counted, where too many wait already."""
        with self._changed:
            if not self._waiting.put(WaitingRecord(self._run, record)):
                self._dropped += 1
            elif self._idle:
                self._changed.notify_all()

    def wake(self) -> None:
        """There is something to write, which came by another way."""
        with self._changed:
            self._changed.notify_all()

    def flush(self, seconds: float = CLOSE_WITHIN_S) -> bool:
        """Wait until everything was written, so many seconds at most; return False if it was not."""
        with self._changed:
            self._hurry += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: not self._waiting and not self._writing, seconds)
            finally:
                self._hurry -= 1

    def close(self, seconds: float = CLOSE_WITHIN_S) -> None:
        """Write what is left if that is done in time, and end. Idempotent."""
        written = self.flush(seconds)
        with self._changed:
            if not written and not self._closing and self._waiting.outlives_us:
                log.warning("records.left", records=len(self._waiting))
            elif not written and not self._closing:
                log.error("records.lost", records=len(self._waiting) + self._writing)
            self._closing = True
            self._changed.notify_all()
        self._thread.join(seconds if written else 0.5)

    # --- the writer's thread -------------------------------------------------------------------------

    def _work(self) -> None:
        records = self._opened()
        if records is None:
            return
        while (batch := self._next()) is not None:
            if batch:
                self._write(records, batch)
            self._close_dead(records)
            self._expire(records)
        try:
            records.end_run(self._run)
            records.close()
        except self._errors as error:
            log.error("records.unwritable", error=str(error))

    def _opened(self) -> Records | None:
        while True:
            try:
                records = self._open()
                if closed := records.begin_run(self._run):
                    log.warning("records.calls_lost", calls=closed)
            except self._errors as error:
                self._failed(error)
                if self._paused():
                    return None
            else:
                return records

    def _write(self, records: Records, batch: list[WaitingRecord]) -> None:
        try:
            for run in dict.fromkeys(one.run for one in batch):
                records.put(run, [self._redact(one.record) for one in batch if one.run == run])
        except self._errors as error:
            self._failed(error)
            with self._changed:
                self._writing = 0
                self._waiting.not_written(batch)
            self._paused()
            return
        self._works_again()
        with self._changed:
            self._waiting.written(batch)
            dropped, self._dropped, self._writing = self._dropped, 0, 0
            self._changed.notify_all()
        self._on_written()
        if dropped:
            log.error("records.dropped", lost=dropped)

    def _next(self) -> list[WaitingRecord] | None:
        """Return what is to be written, or nothing where it is time to look after others; None at the end."""
        with self._changed:
            # The first record after a rest is written at once, those that follow it together.
            self._changed.wait_for(lambda: self._hurry or self._closing, GATHER_S)
            self._idle = True
            self._changed.wait_for(lambda: self._waiting or self._closing, LOOK_EVERY_S)
            self._idle = False
            if self._closing and (not self._waiting or self._failures):
                return None
            batch = self._waiting.take(BATCH)
            self._writing = len(batch)
            return batch

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        if self._failures == 1:
            log.error("records.unwritable", error=str(error))

    def _paused(self) -> bool:
        """Wait before the next try; return whether the writer is to end instead."""
        pause = RETRY_S[min(self._failures, len(RETRY_S)) - 1]
        with self._changed:
            return self._changed.wait_for(lambda: self._closing, pause)

    def _close_dead(self, records: Records) -> None:
        if time.monotonic() - self._looked < LOOK_EVERY_S:
            return
        self._looked = time.monotonic()
        try:
            if closed := records.close_dead(self._run):
                log.warning("records.calls_lost", calls=closed)
        except self._errors as error:
            self._failed(error)
        else:
            with self._changed:
                waits = bool(self._waiting)
            if not waits:  # a disk that is full can be looked at: what waits shows whether it can be written
                self._works_again()

    def _works_again(self) -> None:
        if self._failures:
            log.warning("records.written_again")
        self._failures = 0

    def _expire(self, records: Records) -> None:
        if self._keep is None:
            return
        if time.monotonic() - self._expired < min(EXPIRE_EVERY_S, self._keep.total_seconds() / 10):
            return
        self._expired = time.monotonic()
        try:
            if deleted := records.expire(datetime.now(UTC) - self._keep):
                log.info("records.expired", calls=deleted)
        except self._errors as error:
            log.error("records.unwritable", error=str(error))
