"""Webhooks that have yet to be taken, in the database of the records: nothing is lost with the process."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from gateway.records.call_record import CallRecord, as_json
from gateway.records.store.tables import FARTHEST_S, Database

TABLE = """
    CREATE TABLE deliveries (
      message TEXT PRIMARY KEY,
      body TEXT NOT NULL,
      tries INTEGER NOT NULL DEFAULT 0,
      due {double}
    );
    CREATE INDEX deliveries_due ON deliveries (due) WHERE due IS NOT NULL;
"""
"""`double`: what a number with fractions is called. `due` in seconds since 1970; none: given up, and kept
until its record expires."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook. `message` is its id, the same at each try."""

    message: str
    body: bytes
    tries: int


def enqueue(database: Database, run: str, record: CallRecord, now: float) -> None:
    """Have a closed record delivered, as part of the transaction that closes it."""
    told = {"type": "call.ended", "timestamp": as_json(record)["began"], "data": as_json(record)}
    database.execute(
        "INSERT INTO deliveries (message, body, due) VALUES (?, ?, ?) ON CONFLICT (message) DO NOTHING",
        (f"{run}-{record.call}", orjson.dumps(told, default=str).decode(), now),
    )


class Deliveries:
    """What is to be delivered; for one thread. Raises what its database does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: float, most: int) -> list[Delivery]:
        """Return what is to be tried now, the longest due first."""
        asked = "SELECT message, body, tries FROM deliveries WHERE due <= ? OR due > ? ORDER BY due LIMIT ?"
        rows = self._database.execute(asked, (now, now + FARTHEST_S, most)).fetchall()
        return [Delivery(message, body.encode(), tries) for message, body, tries in rows]

    def next_due(self) -> float | None:
        """Return when the next is due; None if none is."""
        (moment,) = self._database.execute("SELECT MIN(due) FROM deliveries").fetchone()
        return None if moment is None else float(moment)

    def done(self, delivery: Delivery) -> None:
        """It was taken."""
        self._database.execute("DELETE FROM deliveries WHERE message = ?", (delivery.message,))

    def postpone(self, delivery: Delivery, due: float | None) -> None:
        """It was tried in vain; None: it is not tried any more."""
        self._database.execute(
            "UPDATE deliveries SET tries = tries + 1, due = ? WHERE message = ?", (due, delivery.message)
        )

    def given_up(self) -> int:
        """Return how many were given up."""
        (count,) = self._database.execute("SELECT COUNT(*) FROM deliveries WHERE due IS NULL").fetchone()
        return int(count)
