"""The files of recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.errors import BadInput
from gateway.records.call_record import CallRecord
from gateway.records.recording import files
from gateway.records.recording.wav_file import WavFile
from tests.records.recording.scripted_tap import block
from tests.records.store.made_records import ended


def recorded(folder: Path, name: str = "day/a.wav") -> CallRecord:
    """Return the record of a call with a recording of a tenth of a second."""
    (folder / name).parent.mkdir(exist_ok=True)
    file = WavFile(folder / name, 8000)
    file.write(0, block(0, 5, level=7).pcm)
    file.close(800)
    return ended("a", recording={"file": name, "began_ms": 300})


def test_both_sides_are_read(tmp_path: Path) -> None:
    """The caller on the left."""
    sound = files.read(tmp_path, recorded(tmp_path))
    assert (sound.rate, sound.began_ms, len(sound.caller), len(sound.agent)) == (8000, 300, 800, 800)
    assert set(sound.caller.tolist()) == {7}
    assert set(sound.agent.tolist()) == {8}


def test_a_recording_that_is_deleted(tmp_path: Path) -> None:
    """Once or twice."""
    record = recorded(tmp_path)
    for _ in range(2):
        files.delete(tmp_path, record)
        assert not (tmp_path / "day/a.wav").exists()
    with pytest.raises(BadInput, match="no such file"):
        files.path_of(tmp_path, record)


@pytest.mark.parametrize("told", [None, {}, {"file": "../secret.wav"}, {"file": "/etc/passwd"}, {"file": ""}])
def test_what_is_no_recording_of_ours(tmp_path: Path, told: Any) -> None:
    """Is neither read nor deleted, whatever a record says."""
    (tmp_path / "secret.wav").write_bytes(b"")
    folder = tmp_path / "recordings"
    folder.mkdir()
    record = ended("a", recording=told)
    files.delete(folder, record)
    assert (tmp_path / "secret.wav").exists()
    with pytest.raises(BadInput):
        files.path_of(folder, record)


def test_a_file_that_is_broken(tmp_path: Path) -> None:
    """Is named."""
    record = recorded(tmp_path)
    (tmp_path / "day/a.wav").write_bytes(b"RIFF")
    with pytest.raises(BadInput, match=r"a\.wav"):
        files.read(tmp_path, record)
