"""A file that only grows."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from gateway.records.recording.append_file import AppendFile


def test_what_a_full_disk_did_not_take(tmp_path: Path) -> None:
    """Waits, and is written where it belongs, whatever part of it was written before."""
    room = [3, 0, 2]

    def write(descriptor: int, data: bytes) -> int:
        if not room:
            return real(descriptor, data)
        if (left := room.pop(0)) == 0:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[:left])

    real, path = os.write, tmp_path / "a"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "write", write)
        file = AppendFile(path)
        file.write(b"abcdef")
        assert path.read_bytes() == b"abc"
        room.insert(0, 0)
        with pytest.raises(OSError, match="No space"):
            file.settle()
        file.write(b"gh")
    file.close()
    assert path.read_bytes() == b"abcdefgh"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_end_that_cannot_be_written(tmp_path: Path) -> None:
    """Is told, and the file is closed all the same; none is written over."""
    file = AppendFile(tmp_path / "a")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "write", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        file.write(b"a")
        with pytest.raises(OSError, match="No space"):
            file.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        file.settle()
    with pytest.raises(FileExistsError):
        AppendFile(tmp_path / "a")
