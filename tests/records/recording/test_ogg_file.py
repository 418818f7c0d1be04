"""Ogg files with Opus."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from gateway.records.recording.append_file import AppendFile
from gateway.records.recording.ogg_file import OggFile
from tests.equipment import tone


def sides(path: Path, rate: int = 8000) -> tuple[tone.Pcm, tone.Pcm]:
    """Return what a player plays."""
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=rate)
    with av.open(str(path)) as container:
        parts = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    parts += resampler.resample(None)
    samples = np.concatenate([part.to_ndarray() for part in parts], axis=1).reshape(-1, 2)
    return samples[:, 0], samples[:, 1]


def two_tones(ms: int, rate: int = 8000) -> bytes:
    """Return 440 Hz on the left, 1000 Hz on the right."""
    both = [tone.sine(hz, ms, rate=rate) for hz in (440, 1000)]
    return np.stack(both, axis=1).astype("<i2").tobytes()


@pytest.mark.parametrize("rate", [8000, 16000])
def test_both_sides_at_their_time(tmp_path: Path, rate: int) -> None:
    """The caller left; between what was written is silence; as long as it was."""
    file = OggFile(AppendFile(tmp_path / "a.ogg"), rate)
    for at in range(0, 1000, 100):
        file.write(at * rate // 1000, two_tones(1000, rate)[at * rate // 1000 * 4 :][: rate // 10 * 4])
    file.write(2 * rate, two_tones(1000, rate))
    file.close(4 * rate)
    left, right = sides(tmp_path / "a.ogg", rate)
    assert abs(len(left) - 4 * rate) <= rate // 50
    for begin in (0.1, 2.1):
        part = slice(int(begin * rate), int((begin + 0.8) * rate))
        assert tone.share(left[part], 440, rate=rate) > 0.9
        assert tone.share(right[part], 1000, rate=rate) > 0.9
    for begin in (1.1, 3.1):
        part = slice(int(begin * rate), int((begin + 0.8) * rate))
        assert abs(left[part]).max() < 50


def test_a_gateway_that_is_killed(tmp_path: Path) -> None:
    """What was written can be played, but for the last half second at most."""
    path = tmp_path / "a.ogg"
    file = OggFile(AppendFile(path), 8000)
    for at in range(0, 5000, 300):
        file.write(at * 8, two_tones(300))
        file.settle()
    left, _ = sides(path)
    assert 8000 * 4.6 <= len(left) <= 8000 * 5.1
    assert tone.share(left[8000:-800], 440) > 0.9


def test_a_disk_that_was_full(tmp_path: Path) -> None:
    """Costs what came meanwhile; before and after it everything is at its time."""

    class Disk(AppendFile):
        full = False

        def settle(self) -> None:
            if self.full:
                raise OSError(28, "No space left on device")
            super().settle()

    disk = Disk(tmp_path / "a.ogg")
    file = OggFile(disk, 8000)
    file.write(0, two_tones(1000))
    disk.full = True
    for at in range(1000, 2000, 300):
        with pytest.raises(OSError, match="No space"):
            file.write(at * 8, two_tones(300))
    disk.full = False
    file.write(16_000, two_tones(1000))
    file.close(24_000)
    left, _ = sides(tmp_path / "a.ogg")
    assert abs(len(left) - 24_000) <= 160
    assert abs(left[8800:15_200]).max() < 50
    assert tone.share(left[16_800:23_000], 440) > 0.9
