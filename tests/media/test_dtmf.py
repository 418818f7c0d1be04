"""Keys in the sound: heard as ITU-T Q.24 has them, and nothing else taken for one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from gateway.call import Digit, HearKeys
from tests.equipment import tone
from tests.equipment.keys import KEYS, key, keys
from tests.equipment.wire_phone import Phone
from tests.media import lines
from tests.sip.conftest import Exchange, exchange, phone
from tests.sounds import SENTENCES, speech

__all__ = ("phone",)  # fixture

pytest.importorskip("pjsua2", reason="there is no PJSIP")
native = pytest.importorskip("gateway.media._port", reason="the C++ modules are not built")


def heard(pcm: tone.Pcm) -> str:
    """The keys that a new detector hears; the sound may begin anywhere in a tick."""
    whole = np.append(pcm, np.zeros(-len(pcm) % 160 + 160, np.int16))
    return str(native.DtmfDetector().hear(whole.astype("<i2").tobytes()))


def ulaw(pcm: tone.Pcm) -> tone.Pcm:
    """Through G.711."""
    return tone.ulaw_decode(tone.ulaw_encode(pcm))


def alaw(pcm: tone.Pcm) -> tone.Pcm:
    """Through the other law."""
    return tone.alaw_decode(tone.alaw_encode(pcm))


@pytest.mark.parametrize("offset", [0, 17, 60, 101])
@pytest.mark.parametrize("law", [ulaw, alaw])
def test_each_key_is_heard_once(law: Callable[[tone.Pcm], tone.Pcm], offset: int) -> None:
    """50 ms long, 50 ms apart, at -25 dBm0, wherever it begins."""
    assert heard(law(tone.join([np.zeros(offset, np.int16), keys(KEYS, dbm0=-25)]))) == KEYS


def test_one_key_may_come_again() -> None:
    """Twenty times."""
    assert heard(ulaw(keys("5" * 20, dbm0=-10))) == "5" * 20


@pytest.mark.parametrize("off", [-0.015, 0.015])
def test_tones_may_be_a_little_off(off: float) -> None:
    """By 1.5 % (Q.24)."""
    assert heard(ulaw(keys(KEYS, off=off))) == KEYS


@pytest.mark.parametrize("off", [-0.04, 0.04])
def test_tones_that_are_far_off_are_no_key(off: float) -> None:
    """By 4 %."""
    assert heard(ulaw(keys(KEYS, off=off))) == ""


@pytest.mark.parametrize("twist_db", [-6, 4])
def test_one_tone_may_be_louder(twist_db: float) -> None:
    """As lines make it (Q.24)."""
    assert heard(ulaw(keys(KEYS, twist_db=twist_db))) == KEYS


def test_a_key_in_noise_is_heard() -> None:
    """15 dB above it."""
    said = keys(KEYS, dbm0=-10)
    assert (
        heard(lines.mixed(said, lines.noise(len(said), tone.level_db(key("5", 500, dbm0=-10)) - 15))) == KEYS
    )


def test_a_held_key_is_one() -> None:
    """For two seconds, with a hole of a packet in it."""
    held = key("8", 2000)
    held[4000:4160] = 0
    assert heard(held) == "8"


@pytest.mark.parametrize("ms", [10, 20])
def test_what_is_too_short_is_no_key(ms: int) -> None:
    """Q.24: none below 23 to 25 ms."""
    assert heard(keys(KEYS, ms=ms)) == ""


@pytest.mark.parametrize(
    "tones", [(350, 440), (440, 480), (480, 620), (425,), (697,), (1209,), (770, 852), (1100,), (2100,)]
)
def test_other_tones_of_the_network_are_none(tones: tuple[int, ...]) -> None:
    """Dial tone, ringing, busy, fax, one tone of a key alone, two of one group."""
    assert heard(lines.ring(2000, tones)) == ""


@pytest.mark.parametrize("name", SENTENCES)
def test_speech_is_none(name: str) -> None:
    """An hour of it: `python -m tests.proofs.talk_off`."""
    assert heard(speech(name)) == ""


def test_noise_and_silence_are_none() -> None:
    """Half a minute."""
    assert heard(lines.noise(240_000, -20)) == ""
    assert heard(tone.silence(1000)) == ""


# --- in a call ---------------------------------------------------------------------------------------


@pytest.fixture
async def sip() -> AsyncIterator[Exchange]:
    """An agent whose media plane hears keys."""
    async with exchange(native=True) as running:
        yield running


async def test_a_caller_presses_keys_in_the_sound(sip: Exchange, phone: Phone) -> None:
    """Each is told once, and none any more when nobody asks for it."""
    call, leg = await sip.answered(phone)
    leg.leg.execute(HearKeys(on=True))
    await call.said(call.media.say(keys("159#")))
    assert [await leg.fact() for _ in "159#"] == [Digit(each) for each in "159#"]
    leg.leg.execute(HearKeys(on=False))
    await call.said(call.media.say(keys("7")))
    await call.said(call.media.press("0"))
    assert await leg.fact() == Digit("0")


async def test_a_key_in_the_sound_and_as_an_event_is_one(sip: Exchange, phone: Phone) -> None:
    """A gateway that leaves the tones in, in front of its events and behind."""
    call, leg = await sip.answered(phone)
    leg.leg.execute(HearKeys(on=True))
    for each in "12":
        await call.said(call.media.say(key(each, 80)))
        await call.said(call.media.press(each))
    await call.said(call.media.press("3"))
    await call.said(call.media.say(key("3", 80)))
    await call.said(call.media.press("#"))
    assert [await leg.fact() for _ in "123#"] == [Digit(each) for each in "123#"]
