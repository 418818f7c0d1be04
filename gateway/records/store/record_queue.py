"""What waits to be written: the newest form of each call's record, in memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple, Protocol

from gateway.records.call_record import CallRecord

MOST_WAITING = 10_000
"""Records: of an hour without a database at three calls a second."""


class WaitingRecord(NamedTuple):
    """One of them, and the run whose call it is."""

    run: str
    record: CallRecord


class WaitingRecords(Protocol):
    """Those of a writer, which asks under its lock; only `put` is another thread's."""

    outlives_us: bool
    """What is left at the end is not lost."""

    def __bool__(self) -> bool:
        """Return whether there may be some."""

    def __len__(self) -> int:
        """Return how many there are."""

    def put(self, waiting: WaitingRecord) -> bool:
        """Take one, in place of an older one of the same call; return False if there is no room."""

    def take(self, most: int) -> list[WaitingRecord]:
        """Return the oldest."""

    def written(self, batch: list[WaitingRecord]) -> None:
        """Those that were taken are written."""

    def not_written(self, batch: list[WaitingRecord]) -> None:
        """They are not, and wait again, unless a newer one of the same call does."""


class RecordQueue:
    """Of one run, in memory. Keeps the contract of `WaitingRecords`."""

    outlives_us = False

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, WaitingRecord] = OrderedDict()  # by call

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, waiting: WaitingRecord) -> bool:
        """See `WaitingRecords`."""
        if waiting.record.call not in self._waiting and len(self._waiting) >= MOST_WAITING:
            return False
        self._waiting[waiting.record.call] = waiting
        return True

    def take(self, most: int) -> list[WaitingRecord]:
        """See `WaitingRecords`."""
        return [self._waiting.popitem(last=False)[1] for _ in range(min(most, len(self._waiting)))]

    def written(self, batch: list[WaitingRecord]) -> None:
        """See `WaitingRecords`."""

    def not_written(self, batch: list[WaitingRecord]) -> None:
        """See `WaitingRecords`."""
        for one in batch:
            self._waiting.setdefault(one.record.call, one)
