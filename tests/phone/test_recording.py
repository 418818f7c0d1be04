"""A call on two tracks: the received audio is the clock, what was said lies beside it."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from gateway.phone.recording import RATE, Recording
from tests.equipment import tone

HEARD = tone.sine(440, 1000, rate=RATE)
SAID = tone.sine(300, 200, rate=RATE)


def saved(recording: Recording, folder: Path) -> npt.NDArray[np.int16]:
    """Save a recording; give its two tracks, ours first."""
    path = folder / "call.wav"
    recording.save(path)
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).T


def test_both_sides_are_in_step(tmp_path: Path) -> None:
    """What was said at 0.3 s of the received audio stands there, sample by sample."""
    recording = Recording()
    recording.hear(HEARD[:12_000].tobytes())
    recording.say(0.3, SAID.tobytes())
    recording.hear(HEARD[12_000:].tobytes())
    ours, theirs = saved(recording, tmp_path)
    assert np.array_equal(theirs, HEARD)
    start = round(0.3 * RATE)
    assert np.array_equal(ours[start : start + len(SAID)], SAID)
    assert not ours[:start].any()
    assert not ours[start + len(SAID) :].any()


@pytest.mark.parametrize(("at", "kept"), [(0.9, 0.1), (1.0, 0.0), (5.0, 0.0)])
def test_words_after_the_end_are_cut(tmp_path: Path, at: float, kept: float) -> None:
    """Somebody who hung up while the phone was speaking did not hear the rest."""
    recording = Recording()
    recording.hear(HEARD.tobytes())
    recording.say(at, SAID.tobytes())
    ours, _ = saved(recording, tmp_path)
    assert len(ours) == RATE
    assert tone.sound_ms(ours, rate=RATE) == pytest.approx(kept * 1000, abs=10)


def test_a_piece_is_cut_out_by_its_times() -> None:
    """In seconds; what lies outside of the call is not there."""
    recording = Recording()
    recording.hear(HEARD.tobytes())
    assert recording.cut(0.25, 0.5) == HEARD[6_000:12_000].tobytes()
    assert recording.cut(0.9, 2.0) == HEARD[21_600:].tobytes()
    assert recording.cut(2.0, 3.0) == b""


def test_a_call_without_a_sound_is_a_file_without_one(tmp_path: Path) -> None:
    """A call that nobody answered can be recorded, too."""
    assert saved(Recording(), tmp_path).shape == (2, 0)


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """It names the file."""
    with pytest.raises(OSError, match="nowhere"):
        Recording().save(tmp_path / "nowhere" / "call.wav")
