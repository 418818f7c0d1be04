"""A WAV file that is whole at any moment."""

from __future__ import annotations

import os
import stat
import wave
from pathlib import Path

import pytest

from gateway.records.recording.append_file import AppendFile
from gateway.records.recording.wav_file import FRAME, HEAD, WavFile, WavStream, sized


def sound(path: Path) -> bytes:
    """Return what a reader finds."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        return file.readframes(file.getnframes())


def test_what_is_written_is_there_at_once(tmp_path: Path) -> None:
    """Without the end of the file; only its owner may read it."""
    path = tmp_path / "a.wav"
    file = WavFile(path, 8000)
    file.write(0, b"abcd" * 10)
    assert sound(path) == b""
    file.settle()
    assert sound(path) == b"abcd" * 10
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    file.close(10)


def test_what_is_missing_is_silence(tmp_path: Path) -> None:
    """In between and at the end; on disk it takes no room."""
    path = tmp_path / "a.wav"
    file = WavFile(path, 8000)
    file.write(0, b"abcd")
    file.write(1_000_000, b"efgh")
    file.close(2_000_000)
    found = sound(path)
    assert len(found) == 2_000_000 * FRAME
    assert found[:4] == b"abcd"
    assert found[4_000_000:4_000_004] == b"efgh"
    assert not any(found[4:4_000_000])
    assert path.stat().st_blocks * 512 < 1_000_000


def test_no_file_is_written_over(tmp_path: Path) -> None:
    """Two gateways may share a folder."""
    WavFile(tmp_path / "a.wav", 8000).close(0)
    with pytest.raises(FileExistsError):
        WavFile(tmp_path / "a.wav", 8000)


def test_a_full_disk_leaves_what_there_was(tmp_path: Path) -> None:
    """The file stays whole, and goes on when there is room."""
    path = tmp_path / "a.wav"
    file = WavFile(path, 8000)
    file.write(0, b"abcd" * 100)
    file.settle()
    real, room = os.pwrite, [4]

    def pwrite(descriptor: int, data: bytes, at: int) -> int:
        if len(data) > 44 and not room:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[: room.pop()] if len(data) > 44 else data, at)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "pwrite", pwrite)
        with pytest.raises(OSError, match="No space"):
            file.write(100, b"efgh" * 100)
        file.settle()
        assert sound(path) == b"abcd" * 100
    file.write(200, b"ijkl" * 10)
    file.close(210)
    assert len(sound(path)) == 210 * FRAME
    assert sound(path).endswith(b"ijkl" * 10)


def test_a_disk_that_is_full_from_the_beginning(tmp_path: Path) -> None:
    """The file is there, with nothing in it, and is written once there is room."""
    path = tmp_path / "a.wav"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "pwrite", no_room)
        file = WavFile(path, 8000)
        with pytest.raises(OSError, match="No space"):
            file.write(0, b"abcd")
    file.write(1, b"efgh")
    file.close(2)
    assert sound(path) == b"\0\0\0\0efgh"


def no_room(*_: object) -> int:
    """Have no room."""
    raise OSError(28, "No space left on device")


def test_a_stream_says_how_long_it_is_to_its_reader_alone(tmp_path: Path) -> None:
    """What is missing in it is silence, at its end, too; what would overlap is left out."""
    path = tmp_path / "a"
    file = WavStream(AppendFile(path), 8000)
    file.write(2, b"abcd")
    file.write(2, b"ABCDefgh")
    file.settle()
    file.close(20_000)
    written = path.read_bytes()
    path.write_bytes(sized(written[:100], len(written)) + written[100:])
    assert sound(path) == bytes(8) + b"abcdefgh" + bytes(4 * 19_996)
    assert len(written) == HEAD.size + 80_000
