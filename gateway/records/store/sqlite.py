"""Records in an SQLite file: its tables, their versions, and all that is asked of them.

A row a call. What is listed, filtered and added up has a column; the whole record is JSON beside it, so that
a new figure needs no new table. Gateways of one machine may share a file: each run names itself and holds a
lock as long as it lives, and whoever opens the file next closes what a dead run left open.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from gateway.errors import BadInput
from gateway.records.call_record import CallRecord, as_json, from_json, lost
from gateway.records.store.deliveries import TABLE, Deliveries, enqueue
from gateway.records.store.question import Question, stamp

VERSIONS = (
    """
    CREATE TABLE calls (
      run TEXT NOT NULL,
      call TEXT NOT NULL,
      began TEXT NOT NULL,
      direction TEXT NOT NULL,
      caller TEXT NOT NULL,
      called TEXT NOT NULL,
      plan TEXT,
      last_plan TEXT,
      provider TEXT,
      model TEXT,
      result TEXT,
      reason TEXT,
      status INTEGER,
      seconds REAL,
      talk_seconds REAL,
      cost_usd REAL,
      record TEXT NOT NULL,
      UNIQUE (run, call)
    ) STRICT;
    CREATE INDEX calls_by_time ON calls (began);
    CREATE INDEX calls_by_caller ON calls (caller, began);
    CREATE INDEX calls_by_called ON calls (called, began);
    CREATE INDEX calls_open ON calls (run) WHERE result IS NULL;
    """,
    TABLE,
)
"""What brings the tables from each version to the next; `user_version` of a file says which one it has."""

COLUMNS = (
    *("call", "direction", "caller", "called", "plan", "last_plan", "provider", "model"),
    *("result", "reason", "status", "seconds", "talk_seconds", "cost_usd"),
)
"""Those that are called like the record's own."""
RECORD_ERRORS = (sqlite3.Error, OSError, BadInput)
"""What a database may raise; all of it may pass: a disk that was full, a file that was moved away."""
BUSY_S = 5.0
"""Seconds to wait for another gateway that writes to the same file."""

_NAMES = ", ".join(COLUMNS)
_PUT = (
    f"INSERT INTO calls (run, began, record, {_NAMES}) VALUES (?, ?, ?{', ?' * len(COLUMNS)})"  # noqa: S608
    f" ON CONFLICT (run, call) DO UPDATE SET record = excluded.record,"
    f" {', '.join(f'{name} = excluded.{name}' for name in COLUMNS)} WHERE calls.result IS NULL"
)


class SqliteRecords:
    """One file, for one thread. Raises sqlite3.Error and OSError where the disk does not do its part."""

    def __init__(self, file: Path, connection: sqlite3.Connection, *, delivers: bool = False) -> None:
        self._file = file
        self._connection = connection
        self._delivers = delivers
        self._locks: list[int] = []
        self.deliveries = Deliveries(connection)

    @classmethod
    def open(cls, file: Path, *, only_read: bool = False, delivers: bool = False) -> SqliteRecords:
        """Open a file, which is made if need be, and bring its tables up to date.

        Only its owner may read it. `delivers`: each record that is closed is to be delivered as a webhook.
        Raises BadInput if it is newer than we are, or no database.
        """
        try:
            if not only_read:
                file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            way = f"{file.absolute().as_uri()}?mode={'ro' if only_read else 'rw'}"
            connection = sqlite3.connect(way, uri=True, timeout=BUSY_S, isolation_level=None)
            if not only_read:
                _prepare(connection)
            if (version := _version(connection)) > len(VERSIONS):
                cure = (
                    f"it is of version {version}, written by a newer gateway; this one knows {len(VERSIONS)}"
                )
                raise BadInput("records", "database", str(file), cure)
            return cls(file, connection, delivers=delivers)
        except (sqlite3.Error, OSError) as error:
            raise BadInput("records", "database", str(file), _words(error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, and let the run's lock go."""
        self._connection.close()
        for descriptor in self._locks:
            os.close(descriptor)
        self._locks.clear()

    # --- a run ---------------------------------------------------------------------------------------

    def begin_run(self, run: str) -> int:
        """Be known as alive under this name; close what dead runs left open, and return how many calls."""
        path = self._lock_of(run)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._locks.append(descriptor)
        with self._transaction():
            open_ones = self._connection.execute("SELECT DISTINCT run FROM calls WHERE result IS NULL")
            dead = [other for (other,) in open_ones.fetchall() if other != run and not self._alive(other)]
            return sum(self._close_all(other) for other in dead)

    def end_run(self, run: str) -> None:
        """Be gone: no call of this run is open any more."""
        with contextlib.suppress(OSError):
            self._lock_of(run).unlink()

    def _alive(self, run: str) -> bool:
        """Return whether a run holds its lock; the file of one that does not is removed."""
        path = self._lock_of(run)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            path.unlink(missing_ok=True)
            return False
        finally:
            os.close(descriptor)

    def _close_all(self, run: str) -> int:
        rows = self._connection.execute(
            "SELECT record FROM calls WHERE run = ? AND result IS NULL", (run,)
        ).fetchall()
        self._put_all((run, lost(from_json(orjson.loads(record)))) for (record,) in rows)
        return len(rows)

    def _lock_of(self, run: str) -> Path:
        return self._file.with_name(f"{self._file.name}-run-{run}")

    # --- writing -------------------------------------------------------------------------------------

    def put(self, run: str, records: Iterable[CallRecord]) -> None:
        """Write records of this run in one transaction; one that is closed already stays as it is."""
        with self._transaction():
            self._put_all((run, record) for record in records)

    def forget(self, number: str) -> int:
        """Delete all closed calls from or to a number, delivered or not, and return how many."""
        return self._delete("(caller = ? OR called = ?) AND result IS NOT NULL", number, number)

    def expire(self, before: datetime) -> int:
        """Delete all closed calls that began before, and return how many."""
        return self._delete("began < ? AND result IS NOT NULL", stamp(before))

    def _put_all(self, records: Iterable[tuple[str, CallRecord]]) -> None:
        for run, record in records:
            values = (getattr(record, name) for name in COLUMNS)
            text = orjson.dumps(as_json(record), default=str).decode()
            put = self._connection.execute(_PUT, (run, stamp(record.began), text, *values))
            if self._delivers and put.rowcount and not record.open:
                enqueue(self._connection, run, record, time.time())

    def _delete(self, condition: str, *values: object) -> int:
        with self._transaction():
            undelivered = f"SELECT run || '-' || call FROM calls WHERE {condition}"  # noqa: S608
            self._connection.execute(
                f"DELETE FROM deliveries WHERE message IN ({undelivered})",  # noqa: S608
                values,
            )
            done = self._connection.execute(f"DELETE FROM calls WHERE {condition}", values)  # noqa: S608
        return done.rowcount

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    # --- reading -------------------------------------------------------------------------------------

    def find(self, question: Question) -> Iterator[CallRecord]:
        """Yield the calls that were asked for, the newest first."""
        where, values = question.conditions(value="?")
        asked = f"SELECT record FROM calls WHERE {where} ORDER BY began DESC, rowid DESC LIMIT ?"  # noqa: S608
        for (record,) in self._connection.execute(asked, (*values, question.most)):
            yield from_json(orjson.loads(record))


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")  # who is forgotten leaves nothing in free pages
    while (version := _version(connection)) < len(VERSIONS):
        # Looked at again under the lock: another gateway may be doing the same.
        script = f"BEGIN IMMEDIATE; {VERSIONS[version]}; PRAGMA user_version = {version + 1}; COMMIT"
        try:
            connection.executescript(script)
        except sqlite3.OperationalError:
            connection.execute("ROLLBACK")
            if _version(connection) == version:
                raise


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _words(error: sqlite3.Error | OSError) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
