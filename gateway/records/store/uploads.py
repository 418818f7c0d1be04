"""Recordings that have yet to go to object storage, or to be deleted there, beside the records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gateway.records.store.tables import FARTHEST_S, Database

UPLOADS_TABLE = """
    CREATE TABLE uploads (
      file TEXT PRIMARY KEY,
      wanted TEXT NOT NULL,
      tries INTEGER NOT NULL DEFAULT 0,
      due {double} NOT NULL
    );
    CREATE INDEX uploads_due ON uploads (due);
"""
"""`double`: what a number with fractions is called. `due` in seconds since 1970."""

Wanted = Literal["put", "delete"]


@dataclass(frozen=True, slots=True)
class Upload:
    """What is wanted of one recording."""

    file: str
    """Its name below the folder of recordings."""
    wanted: Wanted
    tries: int


class Uploads:
    """What is to be done; for one thread. Raises what its database does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def want(self, file: str, wanted: Wanted, now: float) -> None:
        """Have it done, as part of the transaction that makes it necessary, in place of what was wanted."""
        self._database.execute(
            "INSERT INTO uploads (file, wanted, due) VALUES (?, ?, ?) ON CONFLICT (file)"
            " DO UPDATE SET wanted = excluded.wanted, tries = 0, due = excluded.due",
            (file, wanted, now),
        )

    def due(self, now: float, most: int) -> list[Upload]:
        """Return what is to be tried now, the longest due first."""
        asked = "SELECT file, wanted, tries FROM uploads WHERE due <= ? OR due > ? ORDER BY due LIMIT ?"
        return [
            Upload(*row) for row in self._database.execute(asked, (now, now + FARTHEST_S, most)).fetchall()
        ]

    def next_due(self) -> float | None:
        """Return when the next is due; None if none is."""
        (moment,) = self._database.execute("SELECT MIN(due) FROM uploads").fetchone()
        return None if moment is None else float(moment)

    def done(self, upload: Upload) -> None:
        """It was done; what is wanted of the file by now stays."""
        self._database.execute(
            "DELETE FROM uploads WHERE file = ? AND wanted = ?", (upload.file, upload.wanted)
        )

    def postpone(self, upload: Upload, due: float | None) -> None:
        """It was tried in vain. Nothing is given up: `due` is a time."""
        self._database.execute(
            "UPDATE uploads SET tries = tries + 1, due = ? WHERE file = ? AND wanted = ?",
            (due, upload.file, upload.wanted),
        )
