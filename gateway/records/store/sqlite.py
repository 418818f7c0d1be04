"""Records in an SQLite file: its tables, their versions, and who of those who share it is alive.

Gateways of one machine may share a file: each run holds a lock on a file of its own beside it, which the
kernel lets go however the run ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import structlog

from gateway.errors import BadInput
from gateway.private_folder import make_private
from gateway.records.store.deliveries import TABLE
from gateway.records.store.uploads import UPLOADS_TABLE

log = structlog.get_logger(__name__)

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
    TABLE.format(double="REAL"),
    UPLOADS_TABLE.format(double="REAL"),
)
"""What brings the tables from each version to the next; `user_version` of a file says which one it has."""

SQLITE_ERRORS = (sqlite3.Error, OSError, BadInput)
"""What a file may raise; all of it may pass: a disk that was full, a file that was moved away."""
NO_RECORDS = "there are no records in it: has a gateway run here, or is it another program's?"
BUSY_S = 5.0
"""Seconds to wait for another gateway that writes to the same file."""


class SqliteFile:
    """One file, for one thread. Keeps the contract of `tables.Database`."""

    newest = "rowid"
    known_usd = "COALESCE(cost_usd, json_extract(record, '$.cost_at_least_usd'))"

    def __init__(self, file: Path, *, only_read: bool) -> None:
        self._file = file
        self._only_read = only_read
        self._connection = _connect(file, only_read=only_read)
        self._opened = _identity(file)
        self._locks: dict[str, int] = {}  # run -> descriptor

    @classmethod
    def open(cls, file: Path, *, only_read: bool = False) -> SqliteFile:
        """Open a file, which is made if need be, and bring its tables up to date.

        Only its owner may read it. Raises BadInput if it is newer than we are, or no database.
        """
        return cls(file, only_read=only_read)

    def execute(self, statement: str, values: Iterable[object] = ()) -> sqlite3.Cursor:
        """See `tables.Database`."""
        if not self._connection.in_transaction:
            self._follow()
        return self._connection.execute(statement, tuple(values))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """See `tables.Database`."""
        self._follow()
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    def purge(self) -> None:
        """See `tables.Database`: the write-ahead log is emptied, which a gateway that runs keeps."""
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """See `tables.Database`."""
        self._connection.close()
        for descriptor in self._locks.values():
            os.close(descriptor)
        self._locks.clear()

    def _follow(self) -> None:
        """Open the file anew where it was deleted, moved away or replaced: else all would go into nothing.

        Raises BadInput.
        """
        if _identity(self._file) == self._opened:
            return
        connection = _connect(self._file, only_read=self._only_read)
        self._connection.close()
        self._connection, self._opened = connection, _identity(self._file)
        log.warning("records.moved", file=str(self._file))
        for run in [run for run in self._locks if not self._lock_of(run).exists()]:
            os.close(self._locks.pop(run))
            self.hold(run)

    def hold(self, run: str) -> None:
        """See `tables.Database`."""
        descriptor = os.open(self._lock_of(run), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._locks[run] = descriptor

    def let_go(self, run: str) -> None:
        """See `tables.Database`."""
        with contextlib.suppress(OSError):
            self._lock_of(run).unlink()

    def alive(self, run: str) -> bool:
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

    def _lock_of(self, run: str) -> Path:
        return self._file.with_name(f"{self._file.name}-run-{run}")


def _connect(file: Path, *, only_read: bool) -> sqlite3.Connection:
    """Open a file. Raises BadInput."""
    try:
        if not only_read:
            make_private(file.parent)
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        way = f"{file.absolute().as_uri()}?mode={'ro' if only_read else 'rw'}"
        connection = sqlite3.connect(way, uri=True, timeout=BUSY_S, isolation_level=None)
        if not only_read:
            _prepare(connection)
        version = _version(connection)
        if version > len(VERSIONS) or not version:
            connection.close()
            newer = f"it is of version {version}, written by a newer gateway; this one knows {len(VERSIONS)}"
            raise BadInput("records", "database", str(file), newer if version else NO_RECORDS)
    except (sqlite3.Error, OSError) as error:
        raise BadInput("records", "database", str(file), _words(error)) from None
    return connection


def _identity(file: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one at its place; None where there is none."""
    try:
        there = file.stat()
    except OSError:
        return None
    return there.st_dev, there.st_ino


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
