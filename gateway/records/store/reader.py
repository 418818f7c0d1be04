"""Reads records for calls that are up, on threads of its own: whoever asks waits for no disk and no server.

What cannot be asked now raises at once or in the answer; so many questions wait, and no more.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from gateway.errors import BadInput
from gateway.records.call_record import CallRecord
from gateway.records.store.question import Question
from gateway.records.store.records_store import CallTotals, RecordsStore

MOST_WAITING = 200
"""Questions: a database that hangs keeps no more than that in memory."""

T = TypeVar("T")


class RecordReader:
    """Of one process, whose own records are those of `run`. `errors` are what a database may raise."""

    def __init__(
        self, run: str, open_records: Callable[[], RecordsStore], errors: tuple[type[Exception], ...]
    ) -> None:
        self.errors: tuple[type[Exception], ...] = (*errors, TimeoutError)
        """What an answer may raise, or the wait for it."""
        self._run = run
        self._open = open_records
        self._store: RecordsStore | None = None
        self._asked = self._answered = 0  # the one counted by who asks, the other by the thread
        self._thread = ThreadPoolExecutor(1, "record-reader")  # a database is for one thread

    def find(self, question: Question) -> Future[list[CallRecord]]:
        """Ask for records, the newest first. Raises BadInput when too many wait already."""
        return self._ask(lambda store: list(store.find(question)))

    def totals(self, plan: str, since: datetime, caller: str, counted_since: datetime) -> Future[CallTotals]:
        """Ask what calls come to that this process has not counted: see `RecordsStore.totals`."""
        return self._ask(lambda store: store.totals(plan, since, caller, self._run, counted_since))

    def close(self) -> None:
        """Ask no more; may wait for an answer that is under way."""
        self._thread.submit(self._close)
        self._thread.shutdown(cancel_futures=False)

    def _ask(self, question: Callable[[RecordsStore], T]) -> Future[T]:
        if self._asked - self._answered >= MOST_WAITING:
            raise BadInput("records", "database", "", "it does not answer in time")
        self._asked += 1
        return self._thread.submit(self._answer, question)

    def _answer(self, question: Callable[[RecordsStore], T]) -> T:
        try:
            self._store = self._store or self._open()
            return question(self._store)
        except self.errors:
            self._close()  # a file may have been moved away meanwhile, a server been restarted
            raise
        finally:
            self._answered += 1

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
