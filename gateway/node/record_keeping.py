"""Who keeps, reads and delivers the records of a process, as its settings want it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from gateway.node.settings import Settings
from gateway.records.keeper import RecordKeeper, RecordSink, RecordSinks
from gateway.records.outbox import OutboxWorker
from gateway.records.recording.uploader import RecordingUploader
from gateway.records.recording.writer import RecordingWriter
from gateway.records.redaction import redactor
from gateway.records.settings import Place
from gateway.records.store.opening import errors, open_records
from gateway.records.store.reader import RecordReader
from gateway.records.store.spool import SPOOL_ERRORS, Spool, SpooledRecords, spool_file
from gateway.records.store.writer import RecordWriter

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RecordKeeping:
    """All are None where nothing is to be kept."""

    keeper: RecordKeeper | None = None
    reader: RecordReader | None = None
    recordings: RecordingWriter | None = None
    """None as well where nothing can be recorded, as in portable mode."""


def record_keeping(
    settings: Settings,
    stack: contextlib.AsyncExitStack,
    others: tuple[RecordSink, ...] = (),
    *,
    taps: bool = True,
) -> RecordKeeping:
    """Keep records until `stack` ends; what is written by then is on disk. `others` are told each, too.

    `taps`: calls can be recorded.
    """
    place = settings.records.database
    if place is None:
        return RecordKeeping(RecordKeeper(RecordSinks(*others), keeps_words=False) if others else None)
    run, passing = secrets.token_hex(8), errors(place)
    writer = _writer(settings, stack, place, run, _senders(settings, stack, place, passing))
    reader = RecordReader(run, lambda: open_records(place, only_read=True), passing)
    stack.push_async_callback(asyncio.to_thread, reader.close)
    recordings = None
    if taps:
        recordings = RecordingWriter(settings.recording.storage)
        stack.push_async_callback(asyncio.to_thread, recordings.close)  # before the records that tell of them
    sinks = RecordSinks(writer, *others)
    return RecordKeeping(RecordKeeper(sinks, keeps_words=settings.records.transcript), reader, recordings)


def _writer(
    settings: Settings, stack: contextlib.AsyncExitStack, place: Place, run: str, wake_all: Callable[[], None]
) -> RecordWriter:
    """Return who takes records: for a server's database by way of this machine's disk."""
    delivers, uploads = settings.webhook is not None, settings.recording.upload is not None
    folder, redact = settings.recording.folder, redactor(settings.records.redact)
    opened = partial(open_records, place, delivers=delivers, recordings=folder, uploads=uploads)
    into = run, opened, settings.records.keep, errors(place), wake_all
    file = _spool(settings, place)
    if file is None:
        writer = RecordWriter(*into, redact)
        stack.push_async_callback(asyncio.to_thread, writer.close)
        return writer
    waiting = SpooledRecords(run, file)
    brings = RecordWriter(*into, waiting=waiting)
    stack.push_async_callback(asyncio.to_thread, brings.close)

    def spooled() -> None:
        waiting.news()
        brings.wake()

    keeps = RecordWriter(run, lambda: Spool(file), None, SPOOL_ERRORS, spooled, redact)
    stack.push_async_callback(asyncio.to_thread, keeps.close)  # first: what it has goes on from there
    return keeps


def _spool(settings: Settings, place: Place) -> Path | None:
    """Return where records wait for a server's database; None: in memory, or for none."""
    folder = settings.records.spool
    if isinstance(place, Path) or folder is None:
        return None
    file = spool_file(folder, place.text)
    try:
        Spool(file).close()
    except SPOOL_ERRORS as error:
        log.error("records.no_spool", spool=str(file), error=str(error))
        return None
    return file


def _senders(
    settings: Settings, stack: contextlib.AsyncExitStack, place: Place, passing: tuple[type[Exception], ...]
) -> Callable[[], None]:
    """Have records and recordings sent to whoever the settings name; return what wakes them."""
    opened = partial(open_records, place)
    workers: list[OutboxWorker[Any]] = []
    if (webhook := settings.webhook) is not None:
        from gateway.records.webhook.sender import WebhookSender  # noqa: PLC0415 - and an HTTP client

        sender = WebhookSender(webhook.target)
        workers.append(OutboxWorker("webhooks", opened, lambda records: records.deliveries, sender, passing))
    if (upload := settings.recording.upload) is not None:
        uploader = RecordingUploader(upload, settings.recording.folder)
        workers.append(OutboxWorker("uploads", opened, lambda records: records.uploads, uploader, passing))
    for worker in workers:
        stack.push_async_callback(asyncio.to_thread, worker.close)

    def wake_all() -> None:
        for worker in workers:
            worker.wake()

    return wake_all
