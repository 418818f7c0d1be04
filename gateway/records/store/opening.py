"""Which database a gateway's records are in: an SQLite file by its path, PostgreSQL by its address."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from gateway.errors import BadInput
from gateway.records.call_record import CallRecord
from gateway.records.recording import files
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


def told(error: Exception) -> str:
    """Return in one line what a database says is wrong."""
    text = error.strerror if isinstance(error, OSError) else str(error)
    return " ".join((text or type(error).__name__).split())


def open_records(
    place: Place,
    *,
    only_read: bool = False,
    delivers: bool = False,
    recordings: Path | None = None,
    uploads: bool = False,
) -> RecordsStore:
    """Open the records, and bring their tables up to date unless they are only read.

    `delivers`: each record that is closed is to be sent as a webhook. `recordings`: the folder of those that
    are deleted with their records. `uploads`: they are to be brought to object storage. Raises BadInput.
    """
    delete = partial(files.delete, recordings) if recordings is not None else _keep
    if isinstance(place, Path):
        file = SqliteFile.open(place, only_read=only_read)
        return RecordsStore(file, delivers=delivers, uploads=uploads, delete_files=delete)
    try:
        from gateway.records.store import postgres  # noqa: PLC0415 - only where it is used
    except ImportError:
        cure = "PostgreSQL needs psycopg: pip install 'sip-voice-gateway[postgres]'"
        raise BadInput("records", "database", place.text, cure) from None
    database = postgres.PostgresDatabase.open(place.reveal_address(), only_read=only_read)
    return RecordsStore(database, delivers=delivers, uploads=uploads, delete_files=delete)


def _keep(_record: CallRecord) -> None:
    """Delete no file: whoever opened the records knows of none."""
