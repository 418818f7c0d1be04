"""Beeps of machines and tones of networks: heard for what they are, and speech for none."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np
import pytest

from gateway.call import CallTone, HearTones, ToneHeard
from tests.equipment import tone
from tests.equipment.wire_phone import Phone
from tests.media import lines
from tests.media.lines import cadence, ring
from tests.sip.conftest import Exchange, exchange, phone
from tests.sounds import SENTENCES, speech

__all__ = ("phone",)  # fixture

pytest.importorskip("pjsua2", reason="there is no PJSIP")
native = pytest.importorskip("gateway.media._port", reason="the C++ modules are not built")

Told = list[tuple[str, int, int]]


def heard(pcm: tone.Pcm) -> Told:
    """What a new detector tells of this and a silent second after it, through G.711."""
    line = lines.telephone(tone.join([pcm, tone.silence(1500)]))
    whole = np.append(line, np.zeros(-len(line) % 160, np.int16))
    told: Told = native.CallToneDetector().hear(whole.astype("<i2").tobytes())
    return told


def names(pcm: tone.Pcm) -> list[str]:
    """Only which tones they are."""
    return [name for name, _, _ in heard(pcm)]


def beep(hertz: float, ms: float, level_db: float = -12) -> tone.Pcm:
    """One tone, as recorders have it."""
    return tone.sine(hertz, ms, level_db=level_db, fade_ms=2)


def sit(first: float, second: float, third: float, lengths: tuple[float, float, float]) -> tone.Pcm:
    """Three rising tones."""
    return tone.join(
        [tone.sine(f, ms, fade_ms=1) for f, ms in zip((first, second, third), lengths, strict=True)]
    )


# --- beeps ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0, 50, 111])
@pytest.mark.parametrize("ms", [140, 250, 500, 1200, 3000])
@pytest.mark.parametrize("hertz", [550, 850, 1000, 1400, 1850])
def test_a_beep_after_words_is_told_when_it_is_over(hertz: float, ms: float, offset: int) -> None:
    """Once, within a tenth of a second, with the time since its last sound."""
    words = tone.join([np.zeros(offset, np.int16), speech("question"), tone.silence(400)])
    told = heard(tone.join([words, beep(hertz, ms)]))
    assert [name for name, _, _ in told] == ["beep"]
    _, ago_ms, at_ms = told[0]
    end_ms = len(words) / 8 + ms
    assert end_ms < at_ms <= end_ms + 120
    assert abs(at_ms - ago_ms - end_ms) <= 40


@pytest.mark.parametrize("level_db", [-35, -6])
def test_a_beep_may_be_soft_or_loud(level_db: float) -> None:
    """From -38 dBm0 on."""
    assert names(tone.join([tone.silence(300), beep(1000, 400, level_db)])) == ["beep"]


def test_a_beep_of_ringing_tones_pitch_is_one_after_words() -> None:
    """440 Hz at once; 425, by which networks tell that somebody has hung up, when no second one follows."""
    words = tone.join([speech("question"), tone.silence(300)])
    assert names(tone.join([words, beep(440, 400)])) == ["beep"]
    assert names(tone.join([words, beep(425, 400)])) == ["beep"]


def test_what_is_not_quiet_afterwards_is_no_beep() -> None:
    """A note of a tune goes on into the next."""
    notes = [tone.sine(f, 180) for f in (523, 587, 659, 698, 784, 880)]
    assert names(tone.join([*notes, speech("question")])) == []


def test_a_tone_that_slides_is_no_beep() -> None:
    """From 700 to 1100 Hz in half a second, as a whistle."""
    phase = np.cumsum(2 * np.pi * np.linspace(700, 1100, 4000) / tone.RATE)
    assert names(lines.clipped(8000 * np.sin(phase))) == []


# --- networks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frequencies", "on_ms", "off_ms", "expected"),
    [
        ((440, 480), 2000, 4000, "ringback"),  # North America
        ((425,), 1000, 4000, "ringback"),  # most of Europe
        ((440,), 1500, 3500, "ringback"),  # France
        ((480, 620), 500, 500, "busy"),
        ((425,), 500, 500, "busy"),
        ((425,), 480, 480, "busy"),  # Germany
        ((400,), 375, 375, "busy"),  # Great Britain
        ((480, 620), 250, 250, "congestion"),
        ((425,), 240, 240, "congestion"),
        ((425,), 200, 200, "congestion"),  # Italy
    ],
)
def test_tones_of_networks_are_told_by_their_rhythm(
    frequencies: tuple[int, ...], on_ms: float, off_ms: float, expected: str
) -> None:
    """Once, though they go on."""
    assert names(tone.join([tone.silence(300), cadence(frequencies, on_ms, off_ms, 4)])) == [expected]


def test_a_british_phone_rings_twice_at_a_time() -> None:
    """0.4 s, 0.2 of pause, 0.4 s, then 2 s of pause."""
    rings = tone.join([ring(400, (400, 450)), tone.silence(200), ring(400, (400, 450)), tone.silence(2000)])
    assert names(tone.join([rings] * 3)) == ["ringback"]


@pytest.mark.parametrize(
    "parts",
    [
        (985.2, 1428.5, 1776.7, (380, 274, 380)),  # intercept
        (913.8, 1370.6, 1776.7, (274, 274, 380)),  # vacant code
        (913.8, 1428.5, 1776.7, (380, 380, 380)),  # no circuit
        (950.0, 1400.0, 1800.0, (330, 330, 330)),  # ITU-T E.180
    ],
)
def test_three_rising_tones_are_an_announcements(
    parts: tuple[float, float, float, tuple[float, float, float]],
) -> None:
    """Told as one, before its words."""
    assert names(tone.join([tone.silence(150), sit(*parts), speech("question")])) == ["sit"]


def test_a_dial_tone_is_told_while_it_lasts() -> None:
    """In North America and in Europe."""
    assert names(ring(4000, (350, 440))) == ["dial"]
    assert names(ring(4000, (425,))) == ["dial"]


def test_a_fax_machine_is_told() -> None:
    """When it answers (2100 Hz), and when it calls (1100 Hz each 3.5 s)."""
    assert names(tone.sine(2100, 3000)) == ["fax"]
    assert names(cadence((1100,), 500, 3000, 3))[-1] == "fax"


# --- nothing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SENTENCES)
def test_speech_is_no_tone(name: str) -> None:
    """An hour of it: `python -m tests.proofs.talk_off`."""
    assert heard(speech(name)) == []


def test_noise_is_no_tone() -> None:
    """Half a minute."""
    assert heard(lines.noise(240_000, -20)) == []


@pytest.mark.parametrize("key", [(697, 1209), (852, 1477), (941, 1633)])
def test_keys_are_no_tones(key: tuple[int, int]) -> None:
    """Two at once that no network has."""
    assert names(tone.join([ring(100, key), tone.silence(100)] * 5)) == []


# --- in a call -----------------------------------------------------------------------------------------


@pytest.fixture
async def sip() -> AsyncIterator[Exchange]:
    """An agent whose media plane hears tones."""
    async with exchange(native=True) as running:
        yield running


async def test_a_leg_tells_of_the_tones_that_it_is_asked_for(sip: Exchange, phone: Phone) -> None:
    """From when it is asked on, and not any more when it is not."""
    call, leg = await sip.answered(phone)
    await call.said(call.media.say(tone.join([beep(1000, 200), tone.silence(200)])))
    leg.leg.execute(HearTones(on=True))
    await call.said(call.media.say(tone.join([beep(1000, 200), tone.silence(200)])))
    told = await leg.fact()
    assert isinstance(told, ToneHeard)
    assert (told.tone, 40 <= told.ago_ms <= 120) == (CallTone.BEEP, True)
    leg.leg.execute(HearTones(on=False))
    await call.said(call.media.say(tone.join([beep(1000, 200), tone.silence(200)])))
    assert leg.silent
