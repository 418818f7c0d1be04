"""One call's recording."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np

from gateway.records.recording.recording import TapRecording
from gateway.records.recording.sound_file import Storage
from tests.records.recording.scripted_tap import ScriptedTap, block


def levels(path: Path) -> list[tuple[int, int]]:
    """Return the first sample of each tick: the caller's, and what he was sent."""
    with wave.open(str(path), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return [(int(one[0]), int(one[1])) for one in samples[::160]]


def test_nothing_of_a_pause_is_kept(tmp_path: Path) -> None:
    """Neither what was heard and not yet written when it began, nor when it is over; what came before is."""
    tap = ScriptedTap(block(0, level=1))
    recording = TapRecording(tap, Storage(tmp_path), "day/a.wav", 1200, "key")
    recording.drain()
    tap.waiting = [block(1, level=2)]
    recording.pause()
    assert tap.closed
    assert recording.paused
    recording.drain()
    secret = ScriptedTap(block(9, level=5))
    recording.resume(secret)
    recording.drain()
    ends: list[Any] = []
    recording.stop(ends.append)
    recording.drain()
    recording.end()
    silence = (0, 0)
    assert levels(tmp_path / "day/a.wav") == [(1, 2), (2, 3), *[silence] * 7, (5, 6)]
    told = {"file": "day/a.wav", "began_ms": 1200, "consent": "key", "rate": 8000, "seconds": 0.2}
    assert ends == [told | {"gaps": [{"at_ms": 40, "ms": 140, "why": "paused"}]}]


def test_a_reader_who_is_late(tmp_path: Path) -> None:
    """What the tap has lost meanwhile is told."""
    tap = ScriptedTap(block(0))
    recording = TapRecording(tap, Storage(tmp_path), "a.wav", 0, "key")
    recording.drain()
    tap.waiting, tap.lost = [block(51)], 50
    recording.drain()
    assert recording.told["gaps"] == [{"at_ms": 20, "ms": 1000, "why": "late"}]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """It is tried again with every block; the file begins where the call did."""
    (tmp_path / "day").write_text("no folder")
    tap = ScriptedTap(block(0, level=1))
    recording = TapRecording(tap, Storage(tmp_path), "day/a.wav", 0, "key")
    drained = recording.drain()
    assert drained.trouble is not None
    (tmp_path / "day").unlink()
    tap.waiting = [block(1, level=2)]
    assert recording.drain().trouble is None
    recording.end()
    assert levels(tmp_path / "day/a.wav") == [(0, 0), (2, 3)]
    assert "nothing_written" not in recording.told
    assert recording.told["gaps"] == [{"at_ms": 0, "ms": 20, "why": "unwritable"}]


def test_a_call_of_which_nothing_was_heard(tmp_path: Path) -> None:
    """Leaves no file."""
    recording = TapRecording(ScriptedTap(), Storage(tmp_path), "a.wav", 0, "key")
    ends: list[Any] = []
    recording.stop(ends.append)
    recording.drain()
    recording.end()
    assert (ends[0]["seconds"], ends[0]["nothing_written"]) == (0, True)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_took_nothing(tmp_path: Path) -> None:
    """There is no file to look for."""
    (tmp_path / "day").write_text("no folder")
    recording = TapRecording(ScriptedTap(block(0, 50)), Storage(tmp_path), "day/a.wav", 0, "key")
    ends: list[Any] = []
    recording.stop(ends.append)
    recording.drain()
    recording.end()
    assert (ends[0]["seconds"], ends[0]["nothing_written"]) == (1.0, True)
