"""The files of recordings."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import BadInput
from gateway.records.call_record import CallRecord, Moment
from gateway.records.recording.files import RecordingFiles, delete, suffix
from gateway.records.recording.object_store import ObjectStore
from gateway.records.recording.uploader import UploadSettings
from gateway.records.settings import RecordingSettings
from tests.equipment.object_storage import ObjectStorage
from tests.records.recording.scripted_tap import block
from tests.records.store.made_records import ended

KEYS = {name: base64.b64encode(bytes([number]) * 32).decode() for number, name in enumerate(("NEW", "OLD"))}


def settings(folder: Path, **more: Any) -> RecordingSettings:
    """Return settings with this folder."""
    return RecordingSettings.model_validate({"folder": folder} | more)


def recorded(chosen: RecordingSettings, *, ended_well: bool = True) -> CallRecord:
    """Return the record of a call with a recording of a tenth of a second."""
    name = chosen.storage.name("day/a")
    file = chosen.storage.open(name, 8000)
    file.write(0, block(0, 5, level=7).pcm)
    if ended_well:
        file.close(800)
    return ended("a", recording={"file": name, "began_ms": 300, "rate": 8000})


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)


@pytest.mark.parametrize("keys", [[], ["${NEW}"]])
@pytest.mark.parametrize("kind", ["wav", "ogg"])
def test_both_sides_are_read(tmp_path: Path, kind: str, keys: list[str]) -> None:
    """The caller on the left, whatever the kind of file; a copy is in clear."""
    chosen = settings(tmp_path, format=kind, keys=keys)
    record, files = recorded(chosen), RecordingFiles(chosen)
    assert suffix(record) == f".{kind}"
    sound = files.sound(record)
    assert (sound.rate, sound.began_ms) == (8000, 300)
    copy = io.BytesIO()
    assert files.copy(record, copy)
    if kind == "ogg":
        assert copy.getvalue().startswith(b"OggS")
        assert abs(len(sound.caller) - 800) <= 160
        return
    assert (len(sound.caller), set(sound.caller.tolist()), set(sound.agent.tolist())) == (800, {7}, {8})
    with wave.open(io.BytesIO(copy.getvalue())) as file:
        assert file.getnframes() == 800


def test_a_key_that_is_followed_by_another(tmp_path: Path) -> None:
    """Stays in the list: what it has encrypted can be read until it is deleted."""
    record = recorded(settings(tmp_path, keys=["${OLD}"]))
    assert len(RecordingFiles(settings(tmp_path, keys=["${NEW}", "${OLD}"])).sound(record).caller) == 800
    for keys in (["${NEW}"], ["${UNSET}"], []):
        with pytest.raises(BadInput, match="keys"):
            RecordingFiles(settings(tmp_path, keys=keys)).sound(record)


def test_what_is_wrong_with_keys_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each, where there is none that could be the one."""
    record = recorded(settings(tmp_path, keys=["${OLD}"]))
    monkeypatch.setenv("SHORT", "abc")
    with pytest.raises(BadInput, match=r"\$\{SHORT\}: must be 32 random bytes.*\$\{UNSET\}.*not set"):
        RecordingFiles(settings(tmp_path, keys=["${SHORT}", "${UNSET}"])).sound(record)


@pytest.mark.parametrize(("seconds", "why"), [(0, "the call was over"), (5.7, "recording.unwritable")])
def test_one_of_which_nothing_was_written(tmp_path: Path, seconds: float, why: str) -> None:
    """There is no file, and it is told why."""
    told = {"file": "day/a.wav", "seconds": seconds, "nothing_written": True}
    with pytest.raises(BadInput, match=why):
        RecordingFiles(settings(tmp_path)).sound(ended("a", recording=told))


def test_a_gateway_that_was_killed(tmp_path: Path) -> None:
    """What there is of an encrypted recording is copied, and that its end is missing is known."""
    chosen = settings(tmp_path, keys=["${NEW}"])
    record, copy = recorded(chosen, ended_well=False), io.BytesIO()
    assert not RecordingFiles(chosen).copy(record, copy)
    with wave.open(io.BytesIO(copy.getvalue())) as file:
        assert file.getnframes() == 800


def test_one_that_was_brought_away(tmp_path: Path, storage: ObjectStorage) -> None:
    """Is fetched; if it is nowhere that is told."""
    chosen = settings(tmp_path, upload=storage.written, keys=["${NEW}"])
    record = recorded(chosen)
    assert isinstance(chosen.upload, UploadSettings)
    file = tmp_path / str((record.recording or {})["file"])
    ObjectStore(chosen.upload).put(str((record.recording or {})["file"]), file)
    file.unlink()
    assert len(RecordingFiles(chosen).sound(record).caller) == 800
    storage.empty()
    with pytest.raises(BadInput, match="neither in"):
        RecordingFiles(chosen).sound(record)


def test_a_recording_that_is_deleted(tmp_path: Path) -> None:
    """Once or twice."""
    chosen = settings(tmp_path)
    record = recorded(chosen)
    for _ in range(2):
        delete(tmp_path, record)
        assert not (tmp_path / "day/a.wav").exists()
    with pytest.raises(BadInput, match="no such file"):
        RecordingFiles(chosen).sound(record)


@pytest.mark.parametrize("what", ["message_taken", "message_left"])
def test_messages_are_deleted_with_their_call(tmp_path: Path, what: str) -> None:
    """By what a record says of them, an older one, too, and no file of another name."""
    own, others = tmp_path / "2026-11-28-120000-a.wav", tmp_path / "2026-11-28-120000-b.wav"
    for file in (own, others):
        file.write_bytes(b"RIFF")
    taken = [Moment(1, what, {"file": str(file), "seconds": 2.0}) for file in (own, others)]
    delete(tmp_path / "recordings", ended("a", moments=tuple(taken)))
    assert list(tmp_path.iterdir()) == [others]


@pytest.mark.parametrize("told", [None, {}, {"file": "../secret.wav"}, {"file": "/etc/passwd"}, {"file": ""}])
def test_what_is_no_recording_of_ours(tmp_path: Path, told: Mapping[str, Any] | None) -> None:
    """Is neither read nor deleted, whatever a record says."""
    (tmp_path / "secret.wav").write_bytes(b"")
    folder = tmp_path / "recordings"
    folder.mkdir()
    record = ended("a", recording=told)
    delete(folder, record)
    assert (tmp_path / "secret.wav").exists()
    with pytest.raises(BadInput):
        RecordingFiles(settings(folder)).copy(record, io.BytesIO())


@pytest.mark.parametrize(("kind", "begins"), [("wav", b"RIFF"), ("ogg", b"OggS")])
def test_a_file_that_is_broken(tmp_path: Path, kind: str, begins: bytes) -> None:
    """Is named."""
    chosen = settings(tmp_path, format=kind)
    record = recorded(chosen)
    (tmp_path / f"day/a.{kind}").write_bytes(begins)
    with pytest.raises(BadInput, match=rf"a\.{kind}"):
        RecordingFiles(chosen).sound(record)
