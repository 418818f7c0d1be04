"""Which database a gateway's records are in: an SQLite file by its path, PostgreSQL by its address."""

from __future__ import annotations

from pathlib import Path

from gateway.errors import BadInput
from gateway.records.settings import Place
from gateway.records.store.records_store import RecordsStore
from gateway.records.store.sqlite import SQLITE_ERRORS, SqliteFile


def errors(place: Place) -> tuple[type[Exception], ...]:
    """Return what a database of this kind may raise; all of it may pass."""
    if isinstance(place, Path):
        return SQLITE_ERRORS
    try:
        from gateway.records.store import postgres  # noqa: PLC0415 - only where it is used
    except ImportError:
        return SQLITE_ERRORS
    return postgres.POSTGRES_ERRORS


def open_records(place: Place, *, only_read: bool = False, delivers: bool = False) -> RecordsStore:
    """Open the records, and bring their tables up to date unless they are only read.

    `delivers`: each record that is closed is to be sent as a webhook. Raises BadInput.
    """
    if isinstance(place, Path):
        return RecordsStore(SqliteFile.open(place, only_read=only_read), delivers=delivers)
    try:
        from gateway.records.store import postgres  # noqa: PLC0415 - only where it is used
    except ImportError:
        cure = "PostgreSQL needs psycopg: pip install 'sip-voice-gateway[postgres]'"
        raise BadInput("records", "database", place.text, cure) from None
    database = postgres.PostgresDatabase.open(place.reveal(), only_read=only_read)
    return RecordsStore(database, delivers=delivers)
