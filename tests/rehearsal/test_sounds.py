"""What callers say, as sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gateway.audio import SESSION_RATE
from gateway.errors import BadInput
from gateway.rehearsal.sounds import Voices, faster, noisy, pink
from tests.equipment import tone
from tests.rehearsal.made_calls import rehearsal

WORDS = tone.sine(300, 1000, rate=SESSION_RATE).tobytes()


def _level(pcm: bytes) -> float:
    return float(np.sqrt(np.mean(np.square(np.frombuffer(pcm, "<i2").astype(np.float64)))))


def test_faster_is_shorter() -> None:
    assert faster(WORDS, 1.0) is WORDS
    assert len(faster(WORDS, 1.25)) == pytest.approx(len(WORDS) / 1.25, rel=0.01)


@pytest.mark.parametrize("below_db", [0.0, 20.0])
def test_noise_is_so_far_below_the_words(below_db: float) -> None:
    noise = np.frombuffer(noisy(WORDS, below_db), "<i2").astype(np.int32) - np.frombuffer(WORDS, "<i2")
    ratio = 20 * np.log10(_level(WORDS) / np.sqrt(np.mean(np.square(noise.astype(np.float64)))))
    assert ratio == pytest.approx(below_db, abs=1.0)
    assert noisy(WORDS, None) is WORDS


def test_pink_noise_has_as_much_in_each_octave() -> None:
    power = np.square(np.abs(np.fft.rfft(pink(1 << 16))))
    octaves = [float(np.sum(power[1 << n : 2 << n])) for n in range(8, 15)]
    assert max(octaves) < 1.4 * min(octaves)


@pytest.mark.speech
def test_a_voice_and_ears(tmp_path: Path) -> None:
    pytest.importorskip("moonshine_voice", reason="needs the speech engines: pip install -e '.[local]'")
    voices = Voices()
    steps = voices.prepared(rehearsal(steps=[{"say": "When do you open tomorrow?"}, {"press": "1"}]))
    assert steps[1].sound == b""
    understood = voices.transcribe(steps[0].sound)
    assert understood is not None
    assert "open tomorrow" in understood.lower()
    assert voices.transcribe(bytes(48_000)) is None
    (tmp_path / "no.wav").write_bytes(b"no sound")
    with pytest.raises(BadInput, match=r"no\.wav"):
        voices.prepared(rehearsal(steps=[{"play": str(tmp_path / "no.wav")}]))
