"""Recordings of both sides."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from gateway.ear import stereo
from gateway.errors import BadInput


def _wav(path: Path, *, channels: int = 2, width: int = 2, rate: int = 8000, frames: int = 800) -> Path:
    with path.open("wb") as out, wave.open(out, "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        pcm = np.zeros((frames, channels), "<i2")
        pcm[:, 0] = 16384
        file.writeframes(pcm.tobytes()[: frames * channels * width])
    return path


def test_left_is_the_caller(tmp_path: Path) -> None:
    call = stereo.read(_wav(tmp_path / "call.wav"))
    assert (call.rate, call.seconds) == (8000, 0.1)
    assert call.caller.tolist() == [0.5] * 800
    assert not call.agent.any()


@pytest.mark.parametrize(
    ("parts", "cure"),
    [
        ({"channels": 1}, "record both sides"),
        ({"width": 1}, "PCM 16 bit"),
        ({"rate": 4000}, "between 8000 and 48000 Hz"),
        ({"frames": 0}, "no sound"),
    ],
)
def test_what_is_no_such_recording(tmp_path: Path, parts: dict[str, int], cure: str) -> None:
    path = _wav(tmp_path / "call.wav", **parts)
    with pytest.raises(BadInput, match=cure) as told:
        stereo.read(path)
    assert "call.wav" in str(told.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("RIFF, but no WAV")
    (tmp_path / "cut.wav").write_bytes(_wav(tmp_path / "whole.wav").read_bytes()[:30])
    for name in ("missing.wav", "text.wav", "cut.wav", ""):
        with pytest.raises(BadInput):
            stereo.read(tmp_path / name)


def test_a_recording_that_was_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = _wav(tmp_path / "call.wav").read_bytes()
    (tmp_path / "call.wav").write_bytes(whole[:-802])  # in mid-sample
    assert stereo.read(tmp_path / "call.wav").seconds == pytest.approx(0.075, abs=0.001)
