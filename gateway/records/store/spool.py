"""Records on this machine's own disk until the database has them that all machines share.

Each record is here first, also while that database answers: a gateway that dies loses none that it has put,
and the way that is taken when the database is away is the way of every day. A file for all processes of the
machine: each brings its own records away at once, and after a while those of others, who may have died. To
bring one away twice does no harm: a call has one row there, and one that is closed stays as it is.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from gateway.errors import BadInput
from gateway.private_folder import make_private
from gateway.records.call_record import CallRecord, as_json, from_json
from gateway.records.store.record_queue import WaitingRecord

BUSY_S = 5.0
"""Seconds to wait for another process that writes to the same file."""
OTHERS_AFTER_S = 10.0
"""Seconds after which another process' record is brought away as well."""
MOST_BYTES = 1 << 30
"""Of the file: half a million calls."""
PAGE_BYTES = 4096
SPOOL_ERRORS = (sqlite3.Error, OSError, BadInput)
"""What the file may raise; all of it may pass."""

_TABLE = """
CREATE TABLE IF NOT EXISTS waiting (
  number INTEGER PRIMARY KEY,
  run TEXT NOT NULL,
  call TEXT NOT NULL,
  since REAL NOT NULL,
  record TEXT NOT NULL,
  UNIQUE (run, call)
) STRICT
"""
_PUT = (
    "INSERT INTO waiting (run, call, since, record) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (run, call) DO UPDATE SET record = excluded.record"
)
_OLDEST = "SELECT run, record FROM waiting WHERE run = ? OR since < ? ORDER BY number LIMIT ?"
_DONE = "DELETE FROM waiting WHERE run = ? AND call = ? AND record = ?"


def spool_file(folder: Path, url: str) -> Path:
    """Return where what is for a database waits: whatever user and password are named for it."""
    parts = urlsplit(url)
    place = f"{parts.hostname}:{parts.port}{parts.path}?{parts.query}"
    return folder / f"records-{hashlib.blake2b(place.encode(), digest_size=6).hexdigest()}.db"


class Spool:
    """One opened file, for one thread. Keeps the contract of `writer.Records`."""

    def __init__(self, file: Path) -> None:
        """Open it; it is made if need be, and only its owner may read it. Raises what `SPOOL_ERRORS` has."""
        make_private(file.parent)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._connection = sqlite3.connect(file, timeout=BUSY_S, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA secure_delete = ON")
        self._connection.execute(f"PRAGMA max_page_count = {MOST_BYTES // PAGE_BYTES}")
        self._connection.execute(_TABLE)

    def put(self, run: str, records: Iterable[CallRecord]) -> None:
        """Keep these of a run, in place of older ones of the same calls."""
        with self._transaction():
            for record in records:
                values = (run, record.call, time.time(), _text(record))
                self._connection.execute(_PUT, values)

    def oldest(self, run: str, most: int) -> list[WaitingRecord]:
        """Return those of a run, and of others if they have waited for a while."""
        rows = self._connection.execute(_OLDEST, (run, time.time() - OTHERS_AFTER_S, most))
        return [WaitingRecord(one, from_json(orjson.loads(text))) for one, text in rows]

    def done(self, records: Iterable[WaitingRecord]) -> None:
        """Forget these, but for those of which there is a newer form by now."""
        with self._transaction():
            for run, record in records:
                self._connection.execute(_DONE, (run, record.call, _text(record)))

    def count(self) -> int:
        """Return how many wait here, of whichever run."""
        (waiting,) = self._connection.execute("SELECT COUNT(*) FROM waiting").fetchone()
        return int(waiting)

    def begin_run(self, run: str) -> int:
        """Nobody has to be known as alive here."""
        return 0

    close_dead = begin_run

    def end_run(self, run: str) -> None:
        """Nor as gone."""

    def expire(self, before: datetime) -> int:
        """Nothing is deleted that nobody else has."""
        return 0

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield


def _text(record: CallRecord) -> str:
    return orjson.dumps(as_json(record), default=str).decode()


class SpooledRecords:
    """What waits in a spool, for the writer that brings it away. Keeps the contract of `WaitingRecords`."""

    outlives_us = True

    def __init__(self, run: str, file: Path) -> None:
        self._run = run
        self._file = file
        self._spool: Spool | None = None  # opened in the writer's thread
        self._some = True  # there may be, from an earlier life

    def __bool__(self) -> bool:
        return self._some

    def __len__(self) -> int:
        """Return how many there are; 0 where that cannot be told."""
        try:
            with contextlib.closing(Spool(self._file)) as spool:
                return spool.count()
        except SPOOL_ERRORS:
            return 0

    def news(self) -> None:
        """There are some more; from any thread."""
        self._some = True

    def put(self, waiting: WaitingRecord) -> bool:
        """Take none: they come by the spool."""
        raise NotImplementedError

    def take(self, most: int) -> list[WaitingRecord]:
        """See `WaitingRecords`; none where the file cannot be read: it is tried again."""
        self._some = False
        try:
            if self._spool is None:
                self._spool = Spool(self._file)
            batch = self._spool.oldest(self._run, most)
        except SPOOL_ERRORS:
            self._spool = None
            return []
        self._some = len(batch) == most
        return batch

    def written(self, batch: list[WaitingRecord]) -> None:
        """See `WaitingRecords`; what cannot be forgotten is brought away again, which does no harm."""
        with contextlib.suppress(*SPOOL_ERRORS):
            if self._spool is not None:
                self._spool.done(batch)

    def not_written(self, batch: list[WaitingRecord]) -> None:
        """See `WaitingRecords`: they are still there."""
        self._some = True
