"""Reading WAV files."""

import wave
from pathlib import Path

import numpy as np
import pytest

from gateway.audio import read_wav
from gateway.errors import BadInput


def write(path: Path, samples: np.ndarray, rate: int, channels: int = 1, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


def test_any_rate_and_channels_become_mono_24_khz(tmp_path: Path) -> None:
    """A second of stereo at 44.1 kHz is a second of mono at 24 kHz, at the same level."""
    t = np.arange(44_100) / 44_100
    tone = (10_000 * np.sin(2 * np.pi * 440 * t)).astype("<i2")
    pcm = read_wav(write(tmp_path / "a.wav", np.repeat(tone, 2), 44_100, channels=2))
    samples = np.frombuffer(pcm, "<i2")
    assert abs(len(samples) - 24_000) <= 1
    assert 9_500 < np.abs(samples[1000:-1000]).max() < 10_500


@pytest.mark.parametrize(("content", "cure"), [(None, "no such file"), (b"not a wav", "PCM 16 bit")])
def test_what_cannot_be_read_is_named_with_its_cure(tmp_path: Path, content: bytes | None, cure: str) -> None:
    """Missing and foreign files."""
    path = tmp_path / "prompt.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=cure) as raised:
        read_wav(path)
    assert raised.value.where == str(path)


def test_eight_bit_files_are_refused(tmp_path: Path) -> None:
    """With the command that converts them."""
    path = write(tmp_path / "a.wav", np.zeros(100, "u1"), 8_000, width=1)
    with pytest.raises(BadInput, match="-b 16"):
        read_wav(path)


def test_a_folder_in_a_files_place_is_named(tmp_path: Path) -> None:
    """It is there, and cannot be read."""
    with pytest.raises(BadInput, match="cannot be read"):
        read_wav(tmp_path)
