"""Who keeps, reads and delivers the records of a process, as its settings want it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.node.settings import Settings
from gateway.records.keeper import RecordKeeper, RecordSink, RecordSinks
from gateway.records.outbox import OutboxWorker
from gateway.records.recording.uploader import RecordingUploader
from gateway.records.recording.writer import RecordingWriter
from gateway.records.redaction import redactor
from gateway.records.settings import Place
from gateway.records.store.opening import errors, open_records
from gateway.records.store.reader import RecordReader
from gateway.records.store.writer import RecordWriter
from gateway.records.webhook.sender import WebhookSender


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
    run, passing, folder = secrets.token_hex(8), errors(place), settings.recording.folder
    wake_all = _senders(settings, stack, place, passing)
    delivers, uploads = settings.webhook is not None, settings.recording.upload is not None
    writer = RecordWriter(
        run,
        lambda: open_records(place, delivers=delivers, recordings=folder, uploads=uploads),
        settings.records.keep,
        passing,
        wake_all,
        redactor(settings.records.redact),
    )
    stack.push_async_callback(asyncio.to_thread, writer.close)
    reader = RecordReader(run, lambda: open_records(place, only_read=True), passing)
    stack.push_async_callback(asyncio.to_thread, reader.close)
    recordings = None
    if taps:
        recordings = RecordingWriter(settings.recording.storage)
        stack.push_async_callback(asyncio.to_thread, recordings.close)  # before the records that tell of them
    sinks = RecordSinks(writer, *others)
    return RecordKeeping(RecordKeeper(sinks, keeps_words=settings.records.transcript), reader, recordings)


def _senders(
    settings: Settings, stack: contextlib.AsyncExitStack, place: Place, passing: tuple[type[Exception], ...]
) -> Callable[[], None]:
    """Have records and recordings sent to whoever the settings name; return what wakes them."""
    opened = partial(open_records, place)
    workers: list[OutboxWorker[Any]] = []
    if (webhook := settings.webhook) is not None:
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
