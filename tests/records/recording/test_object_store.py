"""Object storage that speaks S3."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.records.recording.object_store import PART_BYTES, ObjectStore, StoreFault
from gateway.records.settings import UploadSettings
from tests.equipment import ports
from tests.equipment.object_storage import KEYS, ObjectStorage


@pytest.mark.parametrize("size", [0, 1000, 2 * PART_BYTES + 1])
def test_a_file_and_its_way_back(storage: ObjectStorage, tmp_path: Path, size: int) -> None:
    """In one piece or in parts; below the prefix; gone when it is deleted, once or twice."""
    file = tmp_path / "a.wav"
    file.write_bytes(bytes(range(250)) * (size // 250) + b"x" * (size % 250))
    store = ObjectStore(storage.settings)
    assert not store.has("day/a.wav")
    store.put("day/a.wav", file)
    assert store.has("day/a.wav")
    assert storage.names() == ["calls/day/a.wav"]
    assert storage.get("day/a.wav") == b"".join(store.get("day/a.wav")) == file.read_bytes()
    for _ in range(2):
        store.delete("day/a.wav")
        assert not store.has("day/a.wav")


def test_what_goes_wrong(storage: ObjectStorage, tmp_path: Path) -> None:
    """Is told in a line, without the key."""
    (tmp_path / "a.wav").write_bytes(b"abc")
    nowhere = storage.settings.model_copy(update={"endpoint": f"http://127.0.0.1:{ports.free_port()}"})
    for settings in (nowhere, UploadSettings.model_validate(storage.written | {"url": "s3://no-bucket"})):
        store = ObjectStore(settings)
        with pytest.raises(StoreFault) as fault:
            store.put("day/a.wav", tmp_path / "a.wav")
        assert str(fault.value)
        assert "\n" not in str(fault.value)
        assert KEYS["OUR_S3_SECRET"] not in str(fault.value)
    with pytest.raises(StoreFault):
        list(ObjectStore(storage.settings).get("day/none.wav"))
