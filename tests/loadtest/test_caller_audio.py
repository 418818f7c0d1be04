"""Callers say something that a telephone can carry, without pauses in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.loadtest import caller_audio
from tests.equipment import tone


@pytest.mark.parametrize("missing", [(), ("_asterisk",), ("_asterisk", "_synthesised")])
def test_somebody_can_always_speak(missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded, synthesised or made of harmonics: loud enough, long enough, without a pause."""
    for name in missing:
        monkeypatch.setattr(caller_audio, name, lambda: None)
    voice = caller_audio.find_voice()
    assert len(voice.pcm) >= 2.4 * caller_audio.RATE
    spoken = voice.pcm[: int(2.4 * caller_audio.RATE)]
    assert -26 < tone.level_db(spoken) < -16
    assert len(tone.spans(spoken, join_ms=200)) == 1


@pytest.mark.parametrize("folder", ["en", "en_US_f_Allison", "en/US/allison"])
def test_recordings_are_found_wherever_a_package_puts_them(folder: str, tmp_path: Path) -> None:
    """The folder has the language's name, often the country's and the speaker's, too."""
    assert caller_audio.recordings(tmp_path) is None
    for name in ("de_DE_f_Anna", folder):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "vm-goodbye.wav").touch()
    assert caller_audio.recordings(tmp_path) == tmp_path / folder


def test_the_files_that_scenarios_play(tmp_path: Path) -> None:
    """Each is there, in the folder where SIPp looks for it, with sound where it should be."""
    origin = caller_audio.prepare(tmp_path)
    assert origin
    sounds = tmp_path / "tests" / "sounds"
    assert (sounds / "digits.rtp").stat().st_size > 0
    talk = tone.ulaw_decode((sounds / "talk.ul").read_bytes())
    (span,) = tone.spans(talk, join_ms=200)
    assert len(talk) == 8 * 8000
    assert span.start_ms == pytest.approx(1000, abs=40)
    assert span.end_ms == pytest.approx(3400, abs=60)
    assert len((sounds / "barge-in.ul").read_bytes()) == 4 * 8000


def test_every_scenario_names_files_that_are_made(tmp_path: Path) -> None:
    """What an XML file plays is made by `prepare`."""
    caller_audio.prepare(tmp_path)
    for scenario in caller_audio.SCENARIOS.glob("*.xml"):
        for part in scenario.read_text(encoding="utf-8").split('="')[1:]:
            name = part.partition('"')[0].partition(",")[0]
            if name.startswith("tests/"):
                assert (tmp_path / name).exists(), scenario.name


def test_encoding_is_g711() -> None:
    """Every level becomes the code that an ideal encoder sends."""
    sound = tone.sine(440, 100)
    assert caller_audio.encode(sound) == tone.ulaw_encode(sound)
