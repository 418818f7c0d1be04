"""What callers say, as sound."""

from __future__ import annotations

import shutil
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


def test_a_machine_beeps_behind_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a pause."""
    monkeypatch.setattr(Voices, "__init__", lambda _self: None)
    monkeypatch.setattr(Voices, "say", lambda _self, _text: WORDS)
    one = rehearsal(steps=[{"say": "leave a message", "beep": True}, {"say": "hello"}])
    machine, person = Voices().prepared(one)
    assert person.sound == WORDS
    behind = np.frombuffer(machine.sound[len(WORDS) :], "<i2")
    assert tone.share(behind[-SESSION_RATE // 3 :], 1000, rate=SESSION_RATE) > 0.9
    assert not behind[: SESSION_RATE // 4].any()


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


@pytest.mark.speech
@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="install Debian's espeak-ng")
def test_whose_voice_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step's own voice and accent come before those of the call; an accent alone is a man's."""
    pytest.importorskip("moonshine_voice", reason="needs the speech engines: pip install -e '.[local]'")
    spoken: list[tuple[str, str, float]] = []

    def say(_text: str, voice: str, accent: str, speed: float) -> bytes:
        spoken.append((voice, accent, speed))
        return WORDS

    monkeypatch.setattr("gateway.rehearsal.accents.say", say)
    call = {"to": "100", "voice": "woman", "accent": "scottish", "speed": 1.1}
    steps = [
        {"say": "a"},
        {"say": "b", "voice": "man", "speed": 0.9},
        {"say": "c", "accent": "british"},
        {"say": "d", "voice": "heart"},
    ]
    Voices().prepared(rehearsal(call=call, steps=steps))
    Voices().prepared(rehearsal(steps=[{"say": "e", "accent": "caribbean"}, {"say": "f"}]))
    assert spoken == [
        ("woman", "scottish", 1.1),
        ("man", "scottish", 0.9),
        ("woman", "british", 1.1),
        ("man", "caribbean", 1.0),
    ]
