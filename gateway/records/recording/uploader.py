"""Brings recordings to object storage, and deletes there what was deleted here: see `outbox`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from gateway.errors import BadInput
from gateway.records.outbox import NotDone
from gateway.records.settings import UploadSettings
from gateway.records.store.uploads import Upload

if TYPE_CHECKING:
    from gateway.records.recording.object_store import ObjectStore

log = structlog.get_logger(__name__)

RETRY_S = (5, 30, 120, 600, 3600)
"""Seconds after each try in vain until the next; the last after all others: nothing is given up."""


class RecordingUploader:
    """For one thread. `folder`: where the recordings are here."""

    def __init__(self, settings: UploadSettings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder

    def do(self, upload: Upload) -> None:
        """Bring a recording there, or delete it. Raises NotDone."""
        from gateway.records.recording.object_store import (  # noqa: PLC0415 - 40 MB, where it is used
            ObjectStore,
            StoreFault,
        )

        try:
            self._do(upload, ObjectStore(self._settings))  # anew: a secret may change
        except (StoreFault, BadInput, OSError) as error:
            raise NotDone(str(error)) from None

    def _do(self, upload: Upload, store: ObjectStore) -> None:
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

    def pause_s(self, tries: int) -> float:
        """See `outbox.Errand`."""
        return RETRY_S[min(tries, len(RETRY_S) - 1)]

    def failing(self, upload: Upload, why: str) -> None:
        """See `outbox.Errand`."""
        log.error("recording.not_uploaded", file=upload.file, error=why)

    def works_again(self) -> None:
        """See `outbox.Errand`."""
        log.warning("recording.uploaded_again")

    def given_up(self, upload: Upload, why: str) -> None:
        """Nothing is."""

    def close(self) -> None:
        """Nothing is held."""
