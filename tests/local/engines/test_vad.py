from __future__ import annotations

import numpy as np
import pytest

from gateway.local.engines.vad import WINDOW, SileroVad
from gateway.local.session.turns import (
    FRAME_MS,
    TurnFinder,
    TurnSettings,
    VoiceBegan,
    VoiceProbability,
)
from gateway.local.vocabulary import Clip
from tests.equipment import tone
from tests.equipment.line_noises import at_level
from tests.local import speech

pytestmark = pytest.mark.speech
speech.engines_or_skip()


def probabilities(line: tone.Pcm, rate: int = 8000, frame: int = 160) -> list[float]:
    vad = SileroVad()
    step = frame * rate // 8000
    return [
        p for at in range(0, len(line), step) for p in vad.feed(Clip(line[at : at + step].tobytes(), rate))
    ]


@pytest.mark.parametrize("rate", [8000, 24_000])
def test_onset(rate: int) -> None:
    """A voice is found within 108 ms of its start, at either rate, and none before it."""
    line = np.concatenate([tone.silence(640), speech.caller_8k("What time is it?"), tone.silence(320)])
    if rate == 24_000:
        line = np.frombuffer(speech.to_24k(line), np.int16)
    found = probabilities(line, rate)
    assert max(found[:19]) < 0.2
    assert max(found[20:24]) > 0.5
    assert max(found[-5:]) < 0.35


@pytest.mark.parametrize("frame", [80, 160, 1000])
def test_frames_do_not_matter(frame: int) -> None:
    """Audio may come in any pieces."""
    line = speech.caller_8k("Hello")
    assert probabilities(line, frame=frame) == pytest.approx(probabilities(line), abs=1e-4)


@pytest.mark.parametrize(
    "noise",
    [
        tone.sine(440, 1000),
        np.random.default_rng(1).normal(0, 500, 8000).astype(np.int16),
        tone.join([tone.sine(697, 200), tone.silence(100)] * 4),
    ],
    ids=["tone", "noise", "digits"],
)
def test_deaf_to_what_is_no_voice(noise: tone.Pcm) -> None:
    """Tones, noise and digits are no voice."""
    assert max(probabilities(noise)) < 0.5


def test_calls_do_not_disturb_each_other() -> None:
    """One model serves all: a second call in between changes nothing."""
    line = speech.caller_8k("Hello")
    mine, other = SileroVad(), SileroVad()
    found = []
    for at in range(0, len(line), 160):
        found += mine.feed(Clip(line[at : at + 160].tobytes(), 8000))
        other.feed(Clip(tone.silence(20).tobytes(), 8000))
    assert found == pytest.approx(probabilities(line), abs=1e-4)


@speech.needs_recordings
def test_recorded_people() -> None:
    """Real voices are found too."""
    assert max(probabilities(speech.recorded_8k("vm-goodbye"))) > 0.9


def found_after_ms(sound: tone.Pcm, lead: int, *, onset: bool = True) -> float:
    """Return the ms from a sound's beginning, after `lead` samples of silence, until it is a voice."""
    vad, turns = SileroVad(), TurnFinder(TurnSettings())
    line = tone.join([np.zeros(lead, np.int16), sound, tone.silence(600)])
    for number, probability in enumerate(vad.feed(Clip(line.tobytes(), 8000), onset=onset), start=1):
        if any(isinstance(order, VoiceBegan) for order in turns.handle(VoiceProbability(probability))):
            return number * FRAME_MS - lead / 8
    raise AssertionError("no voice was found")


def test_a_voice_is_found_soon_wherever_windows_begin() -> None:
    """A "Stop." is found soon, however it lies in the detector's windows, where a voice is waited for."""
    said = at_level(speech.caller_8k("Stop.").astype(np.float64), -26.0)
    leads = range(8000, 8000 + WINDOW, WINDOW // 16)
    assert max(found_after_ms(said, lead, onset=False) for lead in leads) > 200
    assert max(found_after_ms(said, lead) for lead in leads) < 130
