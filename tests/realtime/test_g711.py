from __future__ import annotations

import numpy as np
import pytest

from gateway.realtime import g711
from gateway.realtime.g711 import Listener, Speaker
from tests.equipment import tone

ENCODE = {"pcmu": tone.ulaw_encode, "pcma": tone.alaw_encode}
DECODE = {"pcmu": tone.ulaw_decode, "pcma": tone.alaw_decode}


@pytest.mark.parametrize("law", g711.LAWS)
def test_codes_mean_what_the_standard_says(law: str) -> None:
    """Against another implementation: every code, and every value within half a step."""
    every = bytes(range(256))
    assert np.array_equal(g711.levels(law), DECODE[law](every))
    values = np.arange(-32768, 32768).astype(np.int16)
    ours = g711.levels(law)[g711.codes(law)[values.view(np.uint16)]].astype(int)
    theirs = DECODE[law](ENCODE[law](values)).astype(int)
    assert np.max(np.abs(np.abs(ours - values) - np.abs(theirs - values))) <= 1


@pytest.mark.parametrize("law", g711.LAWS)
def test_a_tone_goes_and_comes(law: str) -> None:
    """Caller audio to G.711 and back is the same tone, as loud, 3 ms later at most."""
    sent = tone.sine(440, 500, rate=24_000)
    speaker, listener = Speaker(law), Listener(law)
    wire = b"".join(speaker.encode(sent[at : at + 480].tobytes()) for at in range(0, sent.size, 480))
    assert abs(len(wire) - 4000) <= 24
    back = b"".join(listener.decode("i", wire[at : at + 777]) for at in range(0, len(wire), 777))
    got = np.frombuffer(back, np.int16)
    assert listener.heard == len(wire)
    assert tone.share(got[2400:9600:3], 440) > 0.99
    assert abs(tone.level_db(got[2400:9600]) - tone.level_db(sent[2400:9600])) < 0.5


@pytest.mark.parametrize("law", g711.LAWS)
def test_what_a_line_brings_is_the_models_byte_for_byte(law: str) -> None:
    """And the other way round: 8 kHz goes in the dress of 24 between them, and is filtered nowhere."""
    every = bytes(range(256)) * 2
    held = Listener(law).decode("i", every)
    assert np.array_equal(np.frombuffer(held, "<i2")[::3], DECODE[law](every))
    again = Speaker(law).encode(held)
    assert np.array_equal(DECODE[law](again), DECODE[law](every))
    assert {(a, b) for a, b in zip(every, again, strict=True) if a != b} <= {
        (0x7F, 0xFF)
    }  # mu-law's two zeros


@pytest.mark.parametrize("law", g711.LAWS)
@pytest.mark.parametrize("level", [0, 30, 300, 3000])
def test_pcm_is_told_from_g711(law: str, level: int) -> None:
    """Silence and noise of all levels that speech has, as both."""
    noise = np.random.default_rng(1).normal(0, level, 2400) if level else np.zeros(2400)
    sound = noise.clip(-32768, 32767).astype(np.int16)
    for most in (g711.ENOUGH, 4800):
        assert g711.is_pcm(sound.tobytes()[:most])
        assert not g711.is_pcm(ENCODE[law](sound)[:most])


@pytest.mark.parametrize("law", g711.LAWS)
@pytest.mark.parametrize("frequency", [440, 1000, 2000])
def test_a_tone_in_g711_is_not_taken_for_pcm(law: str, frequency: int) -> None:
    """Also where its samples fall on the same few values again and again."""
    sound = tone.sine(frequency, 100, rate=8000)
    assert not g711.is_pcm(ENCODE[law](sound))
    assert not g711.is_pcm(ENCODE[law](sound[1:]))


def test_little_says_nothing() -> None:
    """A few bytes may be anything."""
    assert not g711.is_pcm(bytes(g711.ENOUGH - 1))


def test_the_byte_rate_is_checked_by_what_is_billed() -> None:
    """A second of speech is twenty tokens, and 8 000 bytes of G.711; of PCM 48 000."""
    assert not g711.too_many(8_000, 20)
    assert not g711.too_many(20_000, 20)
    assert g711.too_many(48_000, 20)
    assert not g711.too_many(48_000, 0)
