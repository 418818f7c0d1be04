"""What all kinds of databases have in common: columns, and how they are asked. SQL that each understands.

A row a call. What is listed, filtered and added up has a column; the whole record is JSON beside it, so that
a new figure needs no new table. Values stand in statements as `?`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from gateway.records.call_record import LOST

COLUMNS = (
    *("call", "direction", "caller", "called", "plan", "last_plan", "provider", "model"),
    *("result", "reason", "status", "seconds", "talk_seconds", "cost_usd"),
)
"""Those that are called like the record's own."""

_NAMES = ", ".join(COLUMNS)
PUT = (
    f"INSERT INTO calls (run, began, record, {_NAMES}) VALUES (?, ?, ?{', ?' * len(COLUMNS)})"  # noqa: S608
    f" ON CONFLICT (run, call) DO UPDATE SET record = excluded.record,"
    f" {', '.join(f'{name} = excluded.{name}' for name in COLUMNS)}"
    f" WHERE calls.result IS NULL OR (calls.result = '{LOST}' AND excluded.result <> '{LOST}')"
)
"""A record that is closed stays as it is, but where only others thought that its call was lost."""


FARTHEST_S = 2 * 86_400
"""Seconds: what is due later than that was put off when the clock was wrong, and is due now."""


class Rows(Protocol):
    """What a statement has found or done."""

    @property
    def rowcount(self) -> int:
        """Return how many rows were changed."""

    def fetchone(self) -> Any:
        """Return the next row."""

    def fetchall(self) -> list[Any]:
        """Return all rows."""

    def __iter__(self) -> Iterator[Any]:
        """Return the rows, one after another."""


class Database(Protocol):
    """An open database, for one thread. Its methods raise what its kind raises, see `opening.errors`."""

    newest: str
    """The column by which the row that was made last is known."""
    known_usd: str
    """What a call has cost, as far as that is known."""

    def execute(self, statement: str, values: Iterable[object] = ()) -> Rows:
        """Do one statement."""

    def transaction(self) -> AbstractContextManager[None]:
        """Do all statements of a block, or none of them."""

    def purge(self) -> None:
        """Leave nothing of what was deleted beside the tables, as far as that is in our hands."""

    def hold(self, run: str) -> None:
        """Be known as alive under this name as long as the database is open."""

    def let_go(self, run: str) -> None:
        """Be gone: no call of this run is open any more."""

    def alive(self, run: str) -> bool:
        """Return whether somebody holds this name."""

    def close(self) -> None:
        """Close it, and let go of every name."""
