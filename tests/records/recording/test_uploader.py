"""The thread that brings recordings to object storage."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.records import outbox
from gateway.records.outbox import OutboxWorker
from gateway.records.recording import uploader as module
from gateway.records.recording.uploader import RecordingUploader
from gateway.records.settings import UploadSettings
from gateway.records.store.opening import errors, open_records
from gateway.records.store.uploads import Upload
from tests.equipment import patience, ports
from tests.equipment.object_storage import ObjectStorage
from tests.records.store.made_records import ended

SOON = patience.seconds(20)
ANN = "+4915112345678"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", (0.1,))
    monkeypatch.setattr(outbox, "LOOK_EVERY_S", 0.2)


class Kept:
    """A folder of recordings and the records that name them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "r.db"

    def recorded(self, call: str) -> str:
        """Have a call that was recorded, and is over; return its file's name."""
        name = f"day/{call}.wav"
        (self.folder / "day").mkdir(exist_ok=True)
        (self.folder / name).write_bytes(call.encode() * 100)
        with open_records(self.database, recordings=self.folder, uploads=True) as records:
            records.put("run", [ended(call, caller=ANN, recording={"file": name, "seconds": 1.0})])
        return name

    def waiting(self) -> int:
        """Return how much is still to be done."""
        with open_records(self.database) as records:
            return len(records.uploads.due(4e9, 100))

    @contextmanager
    def uploading(self, settings: UploadSettings) -> Iterator[OutboxWorker[Upload]]:
        """Upload for as long as the block lasts."""
        errand, passing = RecordingUploader(settings, self.folder), errors(self.database)
        opened = lambda: open_records(self.database)  # noqa: E731
        worker = OutboxWorker("uploads", opened, lambda records: records.uploads, errand, passing)
        try:
            yield worker
        finally:
            worker.close()


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """Nothing yet."""
    return Kept(tmp_path)


def test_it_is_there_and_no_more_here(storage: ObjectStorage, kept: Kept) -> None:
    """And is deleted there with its record."""
    names = [kept.recorded(call) for call in ("a", "b")]
    with kept.uploading(storage.settings) as uploader:
        _until(lambda: kept.waiting() == 0)
        assert storage.names() == [f"calls/{name}" for name in names]
        assert storage.get(names[0]) == b"a" * 100
        assert not (kept.folder / names[0]).exists()
        with open_records(kept.database, recordings=kept.folder, uploads=True) as records:
            assert records.forget(ANN) == 2
        uploader.wake()
        _until(lambda: kept.waiting() == 0)
    assert storage.names() == []


def test_a_copy_that_is_to_stay(storage: ObjectStorage, kept: Kept) -> None:
    """Stays."""
    name = kept.recorded("a")
    with kept.uploading(storage.settings.model_copy(update={"keep_local": True})):
        _until(lambda: kept.waiting() == 0)
    assert (kept.folder / name).exists()
    assert storage.names() == [f"calls/{name}"]


def test_a_storage_that_is_away(storage: ObjectStorage, kept: Kept) -> None:
    """It is told once; what waits outlives the process, and is there when the storage is."""
    kept.recorded("a")
    away = storage.settings.model_copy(update={"endpoint": f"http://127.0.0.1:{ports.free_port()}"})
    with capture_logs() as lines, kept.uploading(away):
        _until(lambda: _tries(kept) > 2)
    assert [line["event"] for line in lines] == ["recording.not_uploaded"]
    with kept.uploading(storage.settings):
        _until(lambda: kept.waiting() == 0)
    assert len(storage.names()) == 1


def test_a_gateway_that_died_in_between(storage: ObjectStorage, kept: Kept) -> None:
    """What was there already, and not told yet, is not missed; what is nowhere is told."""
    there, nowhere = kept.recorded("a"), kept.recorded("b")
    module_store = _store(storage)
    module_store.put(there, kept.folder / there)
    (kept.folder / there).unlink()
    (kept.folder / nowhere).unlink()
    with capture_logs() as lines, kept.uploading(storage.settings):
        _until(lambda: kept.waiting() == 1 and lines)
    assert (lines[0]["event"], lines[0]["file"]) == ("recording.not_uploaded", nowhere)


def test_a_secret_that_is_not_set(
    storage: ObjectStorage, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is named; it is looked up at each try."""
    kept.recorded("a")
    monkeypatch.delenv("OUR_S3_SECRET")
    with capture_logs() as lines, kept.uploading(storage.settings):
        _until(lambda: lines)
        assert "OUR_S3_SECRET is not set" in lines[0]["error"]
        monkeypatch.setenv("OUR_S3_SECRET", "x")
        _until(lambda: kept.waiting() == 0)
        _until(lambda: len(lines) == 2)
    assert lines[1]["event"] == "recording.uploaded_again"


def _tries(kept: Kept) -> int:
    with open_records(kept.database) as records:
        return records.uploads.due(4e9, 1)[0].tries


def _store(storage: ObjectStorage) -> Any:
    from gateway.records.recording.object_store import ObjectStore  # noqa: PLC0415

    return ObjectStore(storage.settings)


def _until(holds: Callable[[], object]) -> None:
    waiting = threading.Event()
    for _ in range(400):
        if holds():
            return
        waiting.wait(SOON / 400)
    raise AssertionError("does not come to hold")
