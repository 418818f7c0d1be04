from __future__ import annotations

import numpy as np
import pytest

from gateway.local.engines.simple import EchoEngine, LoudnessVad, ToneEngine, Tones, tone_wanted
from gateway.local.engines.simple import tone as make_tone
from gateway.local.vocabulary import NO_FAULTS, Clip, HeardTurn, Recognised, Request, Speech
from tests.equipment import tone
from tests.local.client import LOUD, SILENT, session


def request(**more: object) -> Request:
    return Request("sess_1", **{"turns": (), **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("frame", [160, 7, 2000])
def test_loudness(frame: int) -> None:
    """Sound is a voice, silence is none, for every 32 ms once."""
    wave = np.concatenate([tone.silence(320), tone.sine(400, 320, level_db=-20)])
    vad = LoudnessVad()
    found = [
        p for at in range(0, len(wave), frame) for p in vad.feed(Clip(wave[at : at + frame].tobytes(), 8000))
    ]
    assert found == [0.0] * 10 + [0.6] + [1.0] * 9


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, (440, 5000)),
        ({"voice": "tone-600"}, (600, 5000)),
        ({"voice": "tone-600-2s"}, (600, 2000)),
        ({"voice": "tone-1250.5-800ms"}, (1250.5, 800)),
        ({"voice": "marin", "instructions": "Play tone 700 Hz 1.5s."}, (700, 1500)),
        ({"voice": "tone-600", "told": "tone-700"}, (700, 5000)),
        ({"voice": "tone-600", "told": "tone-700", "metadata": {"tone": "tone-800-1s"}}, (800, 1000)),
    ],
)
def test_which_tone(asked: dict[str, object], wanted: tuple[float, float]) -> None:
    """The response's metadata and instructions come before the session's voice and instructions."""
    assert tone_wanted(request(**asked)) == wanted


def test_tone() -> None:
    """A clean sine of the length asked for, without clicks at its ends."""
    pcm = np.frombuffer(make_tone(1000, 500), np.int16)
    assert len(pcm) == 12_000
    assert tone.share(pcm, 1000, rate=24_000) > 0.999
    assert tone.clicks(pcm, rate=24_000) == []


async def test_tone_engine() -> None:
    """Each session hears its own tone."""
    async with session(audio={"output": {"voice": "tone-620-1s"}}) as one:
        await one.speak(LOUD, SILENT)
        await one.response()
        (heard,) = tone.tones(np.frombuffer(one.audio(), np.int16), rate=24_000)
        assert heard.frequency == pytest.approx(620, abs=2)
        assert heard.ms == pytest.approx(1000, abs=60)


async def test_echo_engine() -> None:
    """It says back what was said, sample by sample."""
    async with session("echo") as one:
        await one.speak(SILENT, LOUD, SILENT)
        await one.response()
        assert LOUD[4800:-4800] in one.audio()


async def test_echo_of_nothing() -> None:
    """Without a caller's turn it answers with a short tone."""
    pieces = [piece async for piece in EchoEngine().answer(request(turns=[HeardTurn("user", "hi")]))]
    assert pieces == [Speech(make_tone(440, 200), "(nothing to echo)")]


async def test_without_ears() -> None:
    """They recognise nothing, prepare nothing and do nothing wrong."""
    engine = ToneEngine()
    assert not engine.listens
    assert await engine.hear("s", Clip(b"")) == Recognised("")
    assert engine.prepare(request(), Recognised("")) is None
    assert engine.begin("sess_1") == NO_FAULTS
    assert await engine.knock() is None
    assert not engine.swallows(request())


def test_tones_are_remembered_within_bounds() -> None:
    """A tone asked for again is not made again; the oldest go first, and a long one is not kept."""
    tones = Tones(most=4 * 48_000)
    first = tones.get(440, 500, 0.25)
    assert tones.get(440, 500, 0.25) is first
    assert tones.get(441, 500, 0.25) != first
    for hertz in range(500, 512):
        tones.get(hertz, 500, 0.25)
    assert tones.get(440, 500, 0.25) is not first
    assert tones.get(440, 500, 0.25) == first
    assert tones.get(440, 5000, 0.25) is not tones.get(440, 5000, 0.25)
