"""What machines sound like is told from what people do."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.ear.phrases import phrases
from gateway.ear.tones import is_tone, tones
from gateway.loadtest.caller_audio import RATE
from tests.equipment import tone
from tests.equipment.spoken_calls import SpokenCall, sentences


def _tones(*hertz: float, seconds: float = 0.1) -> np.ndarray:
    """Return tones together, as they come through G.711."""
    at = np.arange(round(seconds * RATE)) / RATE
    pcm = sum(4000 * np.sin(2 * np.pi * one * at) for one in hertz)
    return tone.ulaw_decode(tone.ulaw_encode(np.asarray(pcm, np.int16)))


@pytest.mark.parametrize(
    "sound",
    [
        _tones(697, 1209, seconds=0.06),
        _tones(941, 1633),
        _tones(425, seconds=1),
        _tones(440, 480, seconds=2),
        _tones(400, 450, seconds=0.4),
        _tones(350, 440, seconds=0.5),
        _tones(1000, seconds=0.4),
    ],
)
def test_keys_and_ringing(sound: np.ndarray) -> None:
    """Of Europe, America and Britain; and a beep."""
    assert is_tone(sound.astype(np.float32) / 32768, RATE)


def test_people_are_no_tones() -> None:
    for pcm in sentences():
        samples = pcm.astype(np.float32) / 32768
        assert tones(samples, RATE, phrases(samples, RATE)) == []


def test_a_number_that_is_keyed_in_is_one_phrase() -> None:
    call = SpokenCall()
    for keys in ((697, 1209), (852, 1336), (941, 1477)):
        call.say("caller", _tones(*keys), 0.1)
    caller = call.recorded().caller
    (keyed,) = phrases(caller, RATE)
    assert tones(caller, RATE, [keyed]) == [keyed]


def test_nothing_is_no_tone() -> None:
    assert not is_tone(np.zeros(0, np.float32), RATE)
    assert not is_tone(np.zeros(RATE, np.float32), RATE)
