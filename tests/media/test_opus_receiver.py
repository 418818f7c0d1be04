"""A caller's sound out of packets of Opus: what is lost is taken out of the next packet, or made up."""

from __future__ import annotations

import numpy as np
import pytest

from tests.equipment import tone
from tests.equipment.other_codec import RATE as WIDE
from tests.equipment.other_codec import OtherCodec
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_sip import PCMU
from tests.sip.conftest import Exchange, phone, sip
from tests.sip.wideband import MODEL, OFFERS, Wideband

__all__ = ("phone", "sip")  # fixtures

pytestmark = pytest.mark.native


def loud(pcm: tone.Pcm) -> tone.Pcm:
    """What sounds, without its first and last tenth of a second."""
    found = np.flatnonzero(np.abs(pcm.astype(np.int32)) > 1000)
    return pcm[found[0] + MODEL // 10 : found[-1] - MODEL // 10]


def words() -> tone.Pcm:
    """Something like a voice: a buzz that moves, louder and softer three times a second."""
    at = np.arange(2 * WIDE) / WIDE
    phase = 2 * np.pi * np.cumsum(120 + 40 * np.sin(2 * np.pi * 1.3 * at)) / WIDE
    buzz = sum(np.sin(n * phase) / n for n in range(1, 12))
    wave = buzz * (0.55 + 0.45 * np.sin(2 * np.pi * 3 * at))
    return (6000 * wave / np.abs(wave).max() * 2).astype(np.int16)


def likeness(one: tone.Pcm, other: tone.Pcm) -> float:
    """How alike two sounds are where they are most alike, 0 to 1."""
    size = 1 << int(len(one) + len(other)).bit_length()
    a, b = one.astype(float), other.astype(float)
    both = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)))
    return float(np.max(both) / np.sqrt((a @ a) * (b @ b)))


@pytest.mark.parametrize("hertz", [200, 3000])
async def test_a_tone_goes_on_over_lost_packets(sip: Exchange, phone: Phone, hertz: int) -> None:
    """As loud, one tone, without a hole."""
    wide = Wideband("opus", *await sip.answered(phone, **OFFERS["opus"]))
    said = tone.sine(hertz, 1600, rate=WIDE, level_db=-12)
    heard = loud(await wide.said(said, lambda n: n > 10 and n % 10 == 0))
    assert tone.share(heard, hertz, rate=MODEL) > 0.9
    assert tone.longest_silence_ms(heard, rate=MODEL) < 10
    levels = [tone.level_db(part) for part in np.array_split(heard, len(heard) // (MODEL // 50))]
    assert np.ptp(levels) < 5
    assert (wide.leg.leg.statistics().concealed_ms or 0) >= 100


async def test_what_a_packet_carries_of_the_one_before_is_heard(sip: Exchange, phone: Phone) -> None:
    """Every sixth packet is lost: with correction the caller is nearer to what he said than without."""
    wide = Wideband("opus", *await sip.answered(phone, **OFFERS["opus"]))
    alike = []
    for corrects in (False, True):
        wide.codec = OtherCodec("opus", 24_000, corrects=corrects)
        whole = await wide.said(words())
        lossy = await wide.said(words(), lambda n: n > 10 and n % 6 == 0)
        alike.append(likeness(whole, lossy))
    without, corrected = alike
    assert corrected > 0.97
    assert 1 - corrected < (1 - without) / 2


async def test_a_long_gap_fades(sip: Exchange, phone: Phone) -> None:
    """Three quarters of a second of nothing: what is made up becomes silence, and what follows is heard."""
    wide = Wideband("opus", *await sip.answered(phone, **OFFERS["opus"]))
    heard = loud(await wide.said(tone.sine(300, 1700, rate=WIDE), lambda n: 30 <= n < 68))
    assert 400 < tone.longest_silence_ms(heard, rate=MODEL) < 740
    assert tone.share(heard[-MODEL // 4 :], 300, rate=MODEL) > 0.95


@pytest.mark.parametrize("ms", [10, 40, 60])
async def test_packets_may_be_of_another_length_than_ours(sip: Exchange, phone: Phone, ms: int) -> None:
    """Whoever sends so is heard without a hole, and with one packet lost as well."""
    call, leg = await sip.answered(phone, **OFFERS["opus"])
    wide = Wideband("opus", call, leg)
    wide.codec = OtherCodec("opus", ms=ms)
    call.media.ptime = ms
    said = tone.sine(1000, 1200, rate=WIDE, level_db=-20)
    heard = loud(await wide.said(said, lambda n: n == 600 // ms))
    assert tone.share(heard, 1000, rate=MODEL) > 0.95
    assert tone.longest_silence_ms(heard, rate=MODEL) < 10
    assert len(heard) / MODEL == pytest.approx(1.0, abs=0.08)


async def test_g711_in_its_place_is_understood(sip: Exchange, phone: Phone) -> None:
    """A far end that goes over to it without a word, and back: at its pitch, and its clock is no jitter."""
    call, leg = await sip.answered(phone, **OFFERS["opus"])
    wide = Wideband("opus", call, leg)
    await wide.said(tone.sine(1000, 300, rate=WIDE, level_db=-20))
    khz, before = call.media.khz, len(leg.heard)
    coded = tone.ulaw_encode(tone.sine(1000, 800, level_db=-20))
    call.media.khz = 8  # RFC 3551 section 4.5.14
    await call.said(call.media.say_packets([coded[at : at + 160] for at in range(0, len(coded), 160)], PCMU))
    await call.listens(200)
    narrow = np.frombuffer(leg.heard[before:], "<i2")
    assert tone.share(loud(narrow), 1000, rate=MODEL) > 0.98
    assert 740 <= tone.sound_ms(narrow, rate=MODEL) <= 920  # its end is made up
    assert tone.level_db(loud(narrow)) == pytest.approx(-23.0, abs=0.5)
    call.media.khz = khz
    heard = loud(await wide.said(tone.sine(3000, 600, rate=WIDE, level_db=-20)))
    assert tone.share(heard, 3000, rate=MODEL) > 0.95
    assert (leg.leg.statistics().jitter_ms or 0) < 40
