"""Calls of the records, for every command that takes the id of one."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.errors import BadInput
from gateway.node import settings as config

if TYPE_CHECKING:
    from gateway.records.call_record import CallRecord
    from gateway.records.recording.files import RecordingFiles
    from gateway.records.store.records_store import RecordsStore

Database = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="The records, or postgresql://...",
        show_default="`records.database` of the settings",
    ),
]


LAST = "last"
"""In place of the id of a call: the newest."""


def kept_call(call: str, database: str | None, settings_file: Path | None) -> CallRecord:
    """Return one call, by its id or the beginning of that; LAST is the newest.

    Raises BadInput for none, and where several begin so.
    """
    from gateway.records.report.several import LISTED
    from gateway.records.store.question import Question

    with kept_calls(database, settings_file) as records:
        found = list(records.find(Question(most=1))) if call == LAST else records.named(call, LISTED + 1)
    if len(found) > 1:
        from gateway.records.report.listing import began
        from gateway.records.report.several import several

        lines = (f"{one.call}  {began(one, None)}  {parties(one.caller, one.called)}" for one in found)
        raise BadInput("records", "call", call, several(lines, a_line_each=True))
    if not found and call == LAST:
        raise BadInput("records", "call", call, "there is no call yet: `make call` makes one")
    if not found:
        raise BadInput("records", "call", call, "there is no such call: `gateway calls` lists them")
    return found[0]


def parties(caller: str, called: str) -> str:
    """Return who called whom."""
    return f"{caller or 'withheld'} to {called}"


@contextmanager
def kept_calls(
    database: str | None, settings_file: Path | None, *, only_read: bool = True
) -> Iterator[RecordsStore]:
    """Open the records. Raises BadInput if there are none."""
    from gateway.records.settings import place_of
    from gateway.records.store.opening import errors, open_records, told

    place = place_of(database) if database else config.load(settings_file).records.database
    if place is None:
        raise BadInput("records", "database", "off", "name a file: no records are kept with these settings")
    if isinstance(place, Path):
        _look_for(place)
    recording = config.load(settings_file).recording
    uploads = recording.upload is not None
    try:
        with open_records(
            place, only_read=only_read, recordings=recording.folder, uploads=uploads
        ) as records:
            yield records
    except errors(place) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput("records", "database", str(place), told(error)) from None


def _look_for(file: Path) -> None:
    """Raise BadInput where there is no such file, as far as this user may know."""
    cure = ""
    try:
        if not file.exists():
            cure = "there is no such file: has a gateway run here?"
        elif file.is_dir():
            cure = "this is a folder: name a file"
    except OSError as error:
        cure = f"{error.strerror}: ask as the user that the gateway runs as"
    if cure:
        raise BadInput("records", "database", str(file), cure)


def recording_files(settings_file: Path | None) -> RecordingFiles:
    """Return all recordings, wherever they are."""
    from gateway.records.recording.files import RecordingFiles

    return RecordingFiles(config.load(settings_file).recording)
