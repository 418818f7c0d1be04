"""Records in PostgreSQL, for gateways on several machines: its tables, their versions, and who is alive.

Each run holds an advisory lock, which the server lets go when the run's connection ends, however that ends.
A connection that was lost is made again with the next statement, and the lock taken anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg

from gateway.errors import BadInput
from gateway.records.store.deliveries import TABLE
from gateway.records.store.uploads import UPLOADS_TABLE

VERSIONS = (
    f"""
    CREATE TABLE calls (
      number BIGINT GENERATED ALWAYS AS IDENTITY,
      run TEXT NOT NULL,
      call TEXT NOT NULL,
      began TEXT COLLATE "C" NOT NULL,
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
      seconds DOUBLE PRECISION,
      talk_seconds DOUBLE PRECISION,
      cost_usd DOUBLE PRECISION,
      record JSONB NOT NULL,
      UNIQUE (run, call)
    );
    CREATE INDEX calls_by_time ON calls (began);
    CREATE INDEX calls_by_caller ON calls (caller, began);
    CREATE INDEX calls_by_called ON calls (called, began);
    CREATE INDEX calls_open ON calls (run) WHERE result IS NULL;
    {TABLE.format(double="DOUBLE PRECISION")}
    """,
    UPLOADS_TABLE.format(double="DOUBLE PRECISION"),
)
"""What brings the tables from each version to the next; the table `gateway_version` says which they have."""

POSTGRES_ERRORS = (psycopg.Error, OSError, BadInput)
"""What a server may raise; all of it may pass: a restart, a network that was gone, a disk that was full."""
CONNECT_S = 5
WAIT_MS = 10_000
"""Milliseconds after which a statement, and a server that does not answer at all, is given up."""
LOCKS = 0x67617465
"""The first number of our advisory locks, so that they are nobody else's; the second is made of the run."""
_NUL = "\\u0000"
"""What text of PostgreSQL's cannot hold, as JSON has it."""


class PostgresDatabase:
    """One server's database, for one thread. Keeps the contract of `tables.Database`."""

    newest = "number"
    known_usd = "COALESCE(cost_usd, CAST(record->>'cost_at_least_usd' AS DOUBLE PRECISION))"

    def __init__(self, url: str, *, only_read: bool = False) -> None:
        self._url = url
        self._only_read = only_read
        self._runs: list[str] = []
        self._depth = 0
        self._connection = self._connect()

    @classmethod
    def open(cls, url: str, *, only_read: bool = False) -> PostgresDatabase:
        """Connect, and bring the tables up to date. Raises BadInput if they are newer than we are."""
        try:
            database = cls(url, only_read=only_read)
            if not only_read:
                _prepare(database._connection)
            version = _version(database._connection)
        except psycopg.Error as error:
            raise BadInput("records", "database", _shown(url), _words(error)) from None
        if version > len(VERSIONS):
            database.close()
            cure = f"it is of version {version}, written by a newer gateway; this one knows {len(VERSIONS)}"
            raise BadInput("records", "database", _shown(url), cure)
        return database

    def execute(self, statement: str, values: Iterable[object] = ()) -> psycopg.Cursor[Any]:
        """See `tables.Database`."""
        self._stand()
        return self._connection.execute(
            statement.replace("?", "%s"),
            [
                value.replace(_NUL, "").replace("\0", "") if isinstance(value, str) else value
                for value in values
            ],
        )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """See `tables.Database`."""
        self._stand()
        self._depth += 1
        try:
            with self._connection.transaction():
                yield
        finally:
            self._depth -= 1

    def purge(self) -> None:
        """See `tables.Database`: what stays in its logs and backups is the server's."""

    def close(self) -> None:
        """See `tables.Database`."""
        self._connection.close()

    def hold(self, run: str) -> None:
        """See `tables.Database`."""
        self.execute("SELECT pg_advisory_lock(?, hashtext(?))", (LOCKS, run))
        self._runs.append(run)

    def let_go(self, run: str) -> None:
        """See `tables.Database`."""
        self._runs.remove(run)
        self.execute("SELECT pg_advisory_unlock(?, hashtext(?))", (LOCKS, run))

    def alive(self, run: str) -> bool:
        """See `tables.Database`."""
        (free,) = self.execute("SELECT pg_try_advisory_lock(?, hashtext(?))", (LOCKS, run)).fetchone() or (0,)
        if free:
            self.execute("SELECT pg_advisory_unlock(?, hashtext(?))", (LOCKS, run))
        return not free

    def _stand(self) -> None:
        """Connect again, unless that would tear a transaction in two."""
        if self._connection.closed and not self._depth:
            self._connection = self._connect()
            for run in self._runs:
                self._connection.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", (LOCKS, run))

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=CONNECT_S,
            options=f"-c statement_timeout={WAIT_MS} -c lock_timeout={WAIT_MS}"
            f" -c default_transaction_read_only={'on' if self._only_read else 'off'}",
            tcp_user_timeout=WAIT_MS,
            application_name="sip-voice-gateway",
        )


def _prepare(connection: psycopg.Connection[Any]) -> None:
    with connection.transaction():
        # Another gateway may be doing the same: one after the other.
        connection.execute("SELECT pg_advisory_xact_lock(%s, 0)", (LOCKS,))
        connection.execute("CREATE TABLE IF NOT EXISTS gateway_version (version INTEGER NOT NULL)")
        for version in range(_version(connection), len(VERSIONS)):
            connection.execute(VERSIONS[version])
            connection.execute("DELETE FROM gateway_version")
            connection.execute("INSERT INTO gateway_version VALUES (%s)", (version + 1,))


def _version(connection: psycopg.Connection[Any]) -> int:
    (version,) = connection.execute("SELECT COALESCE(MAX(version), 0) FROM gateway_version").fetchone() or (
        0,
    )
    return int(version)


def _shown(url: str) -> str:
    """Return where it is, without who we are there: the address may hold a password."""
    try:
        known = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        return "postgresql://..."
    return f"postgresql://{known.get('host', '')}/{known.get('dbname', '')}"


def _words(error: psycopg.Error) -> str:
    return " ".join(str(error).split()) or type(error).__name__
