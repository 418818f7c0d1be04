"""The thread that brings recordings to object storage, and deletes there what was deleted here.

What is wanted stands in the database of the records: it outlives the process, and is tried until it is done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from gateway.errors import BadInput
from gateway.records.settings import UploadSettings
from gateway.records.store.uploads import Upload, Uploads

if TYPE_CHECKING:
    from gateway.records.recording.object_store import ObjectStore

log = structlog.get_logger(__name__)

RETRY_S = (5, 30, 120, 600, 3600)
"""Seconds after each try in vain until the next; the last after all others."""
AT_ONCE = 20
"""Recordings that are looked up together."""
LOOK_EVERY_S = 60.0
"""Whatever else: `gateway calls forget` may have left something, or another gateway of this machine."""
CLOSE_WITHIN_S = 5.0


class RecordingUploader:
    """Works until `close`; what is left then is done by the next gateway."""

    def __init__(
        self,
        open_uploads: Callable[[], Uploads],
        settings: UploadSettings,
        folder: Path,
        errors: tuple[type[Exception], ...],
    ) -> None:
        self._open = open_uploads
        self._settings = settings
        self._folder = folder
        self._errors = errors
        self._news = threading.Event()
        self._closing = False
        self._failing = False
        self._thread = threading.Thread(target=self._work, name="uploads", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to do."""
        self._news.set()

    def close(self) -> None:
        """End. Idempotent."""
        self._closing = True
        self._news.set()
        self._thread.join(CLOSE_WITHIN_S)

    def _work(self) -> None:
        uploads: Uploads | None = None
        while not self._closing:
            self._news.clear()
            try:
                uploads = uploads or self._open()
                pause = self._round(uploads)
            except self._errors as error:
                log.error("records.unwritable", error=str(error))
                pause = LOOK_EVERY_S
            self._news.wait(pause)

    def _round(self, uploads: Uploads) -> float:
        """Do what is due; return the seconds until there is more to do."""
        while due := uploads.due(time.time(), AT_ONCE):
            from gateway.records.recording.object_store import (  # noqa: PLC0415 - 40 MB, where it is used
                ObjectStore,
                StoreFault,
            )

            for upload in due:
                if self._closing:
                    return 0.0
                try:
                    self._do(upload, ObjectStore(self._settings))  # anew: a secret may change
                except (StoreFault, BadInput, OSError) as error:
                    self._in_vain(uploads, upload, str(error))
                else:
                    self._done(uploads, upload)
        next_due = uploads.next_due()
        return LOOK_EVERY_S if next_due is None else min(LOOK_EVERY_S, max(0.0, next_due - time.time()))

    def _do(self, upload: Upload, store: ObjectStore) -> None:
        """Bring a recording there, or delete it. Raises StoreFault, and OSError."""
        if upload.wanted == "delete":
            store.delete(upload.file)
            return
        file = self._folder / upload.file
        if file.is_file():
            store.put(upload.file, file)
        elif not store.has(upload.file):
            raise FileNotFoundError(
                f"there is no {file}: is it on another machine, which shares the records?"
            )
        if not self._settings.keep_local:
            file.unlink(missing_ok=True)

    def _done(self, uploads: Uploads, upload: Upload) -> None:
        uploads.done(upload)
        if self._failing:
            self._failing = False
            log.warning("recording.uploaded_again")

    def _in_vain(self, uploads: Uploads, upload: Upload, why: str) -> None:
        uploads.postpone(upload, time.time() + RETRY_S[min(upload.tries, len(RETRY_S) - 1)])
        if not self._failing:
            self._failing = True
            log.error("recording.not_uploaded", file=upload.file, error=why)
