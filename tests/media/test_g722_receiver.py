"""A caller's sound out of packets of G.722: what is lost is made up for, G.711 is understood as well."""

from __future__ import annotations

import numpy as np
import pytest

from tests.equipment import tone
from tests.equipment.other_codec import RATE as WIDE
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_sip import PCMU
from tests.sip.conftest import Exchange, phone, sip
from tests.sip.wideband import G722, MODEL, OFFERS, Wideband, level

__all__ = ("phone", "sip")  # fixtures

pytestmark = pytest.mark.native


def loud(pcm: tone.Pcm) -> tone.Pcm:
    """What sounds, without its first and last tenth of a second."""
    found = np.flatnonzero(np.abs(pcm.astype(np.int32)) > 1000)
    return pcm[found[0] + MODEL // 10 : found[-1] - MODEL // 10]


@pytest.mark.parametrize("every", [7, 20])
@pytest.mark.parametrize("hertz", [200, 440, 3000])
async def test_a_tone_goes_on_over_lost_packets(sip: Exchange, phone: Phone, hertz: int, every: int) -> None:
    """As loud, one tone, without a hole."""
    wide = Wideband("g722", *await sip.answered(phone, **OFFERS["g722"]))
    said = tone.sine(hertz, 1600, rate=WIDE, level_db=-12)
    heard = loud(await wide.said(said, lambda n: n > 10 and n % every == 0))
    assert tone.share(heard, hertz, rate=MODEL) > 0.9
    assert tone.longest_silence_ms(heard, rate=MODEL) < 10
    levels = [tone.level_db(part) for part in np.array_split(heard, len(heard) // (MODEL // 50))]
    assert np.ptp(levels) < 5
    assert (wide.leg.leg.statistics().concealed_ms or 0) >= 20 * (80 // every - 2)


async def test_a_long_gap_fades(sip: Exchange, phone: Phone) -> None:
    """Half a second of nothing: 60 ms are made up, softer and softer, and what follows is heard."""
    wide = Wideband("g722", *await sip.answered(phone, **OFFERS["g722"]))
    heard = loud(await wide.said(tone.sine(300, 1500, rate=WIDE), lambda n: 30 <= n < 55))
    assert tone.longest_silence_ms(heard, rate=MODEL) == pytest.approx(440, abs=30)
    assert [at for at in tone.clicks(heard[::3]) if 50 < at < len(heard) / 24 - 50] == []


@pytest.mark.parametrize("ms", [40, 60])
async def test_packets_may_be_longer_than_ours(sip: Exchange, phone: Phone, ms: int) -> None:
    """Whoever sends so gets 20 ms, as his offer says nothing of them, and is heard without a hole."""
    call, leg = await sip.answered(phone, **OFFERS["g722"])
    wide = Wideband("g722", call, leg)
    before, size = len(leg.heard), ms // 20
    packets = wide.codec.packets(tone.sine(1000, 1200, rate=WIDE, level_db=-20))
    call.media.ptime = ms
    longer = [b"".join(packets[at : at + size]) for at in range(0, len(packets), size)]
    await call.said(call.media.say_packets(longer, wide.number))
    await call.listens(200)
    heard = loud(np.frombuffer(leg.heard[before:], "<i2"))
    assert tone.share(heard, 1000, rate=MODEL) > 0.99
    assert tone.longest_silence_ms(heard, rate=MODEL) < 10
    assert len(heard) / MODEL == pytest.approx(1.0, abs=0.08)


async def test_g711_in_its_place_is_understood(sip: Exchange, phone: Phone) -> None:
    """A far end that goes over to it without a word: as loud, and at its own pitch."""
    call, leg = await sip.answered(phone, **OFFERS["g722"])
    wide = Wideband("g722", call, leg)
    await wide.said(tone.sine(1000, 300, rate=WIDE, level_db=-20))
    before = len(leg.heard)
    coded = tone.ulaw_encode(tone.sine(1000, 800, level_db=-20))
    packets = [coded[at : at + 160] for at in range(0, len(coded), 160)]
    await call.said(call.media.say_packets(packets, PCMU))
    await call.listens(200)
    heard = np.frombuffer(leg.heard[before:], "<i2")
    assert level(heard, MODEL) == pytest.approx(-23.0, abs=0.5)
    assert tone.share(loud(heard), 1000, rate=MODEL) > 0.98


async def test_in_the_place_of_g711_it_is_understood(sip: Exchange, phone: Phone) -> None:
    """A far end that offers both, gets G.711, and goes over to G.722 without a word, and back."""
    call, leg = await sip.answered(phone, formats=(PCMU, G722, 101))
    wide = Wideband("g722", call, leg)
    coded = tone.ulaw_encode(tone.sine(1000, 400, level_db=-20))
    narrow = [coded[at : at + 160] for at in range(0, len(coded), 160)]
    await call.said(call.media.say_packets(narrow, PCMU))
    await call.listens(200)
    before = len(leg.heard)
    await call.said(
        call.media.say_packets(wide.codec.packets(tone.sine(1000, 800, rate=WIDE, level_db=-20)), G722)
    )
    await call.said(call.media.say_packets(narrow, PCMU))
    await call.listens(200)
    heard = np.frombuffer(leg.heard[before:], "<i2")
    assert level(heard, MODEL) == pytest.approx(-23.0, abs=0.5)
    assert tone.share(loud(heard), 1000, rate=MODEL) > 0.98
    assert 1180 <= tone.sound_ms(heard, rate=MODEL) <= 1340  # both end in what is made up
