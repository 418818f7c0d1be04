"""Which codec a call gets, and how it sounds: G.722 and Opus against a far end's own coder and decoder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gateway.call import Answer, UseCodecs
from gateway.sip.codecs import CODECS, G711, priority, spoken
from tests.equipment import tone
from tests.equipment.other_codec import RATE as WIDE
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import PCMA, PCMU
from tests.sip.conftest import Exchange, exchange
from tests.sip.wideband import G722, MODEL, NAMES, OFFERS, OPUS, Wide, Wideband, level


def test_portable_mode_leaves_out_what_its_bridge_would_narrow() -> None:
    """In our order."""
    assert spoken(("opus", "pcma", "g722", "pcmu"), native=False) == ("pcma", "pcmu")
    assert spoken(("opus", "pcma"), native=True) == ("opus", "pcma")


def test_pjsip_prefers_what_we_prefer_and_knows_nothing_else() -> None:
    """Its names are its own."""
    names = ["PCMA/8000/1", "opus/48000/2", "PCMU/8000/1", "G722/16000/1", "GSM/8000/1"]
    ranked = sorted(names, key=lambda name: -priority(name, tuple(CODECS)))
    assert ranked == ["PCMU/8000/1", "PCMA/8000/1", "G722/16000/1", "opus/48000/2", "GSM/8000/1"]
    assert [priority(name, G711) > 0 for name in names] == [True, False, True, False, False]


# --- which ---------------------------------------------------------------------------------------------


@pytest.mark.native
@pytest.mark.parametrize(
    ("ours", "offered", "taken"),
    [
        (("pcmu", "pcma", "g722", "opus"), (OPUS, G722, PCMA, PCMU, 101), PCMU),
        (("opus", "g722", "pcma"), (PCMU, PCMA, G722, OPUS, 101), OPUS),
        (("g722", "pcmu"), (PCMU, OPUS, G722, 101), G722),
        (("pcmu", "g722"), (18, OPUS, G722, 101), G722),
        (("opus",), (PCMU, OPUS, 101), OPUS),
    ],
)
async def test_our_order_decides(
    pump: Pump, ours: tuple[str, ...], offered: tuple[int, ...], taken: int
) -> None:
    """Not the offerer's, and not only one codec's callers are served."""
    async with exchange(codecs=ours) as sip, Phone(sip.address, pump) as phone:
        call, _ = await sip.answered(phone, formats=offered, names={**NAMES, 18: "G729/8000"})
        assert call.remote_sdp
        assert call.remote_sdp.formats[0] == taken
        await call.hang_up()


@pytest.mark.native
async def test_a_caller_of_codecs_that_are_switched_off_is_told(pump: Pump) -> None:
    """488 to the call, 488 to a new offer in a call that goes on."""
    async with exchange(codecs=("pcma",)) as sip, Phone(sip.address, pump) as phone:
        refused = await wanted(sip, phone, (), **OFFERS["g722"])
        assert (await refused.final()).status == 488
        call, _ = await sip.answered(phone)
        call.invite(formats=(PCMU, G722, 101))
        assert (await call.final()).status == 488


async def wanted(sip: Exchange, phone: Phone, codecs: tuple[str, ...], **offer: Any) -> Call:
    """Have a phone call, and answer it with these codecs alone."""
    call = phone.call("100", **offer)
    leg = await sip.leg()
    leg.leg.execute(UseCodecs(codecs))
    leg.leg.execute(Answer())
    return call


def taken(call: Call) -> list[int]:
    """Return the codecs of an answer, without the keys."""
    assert call.remote_sdp
    return [number for number in call.remote_sdp.formats if number in (PCMU, PCMA, G722, OPUS)]


@pytest.mark.native
@pytest.mark.parametrize(
    ("codecs", "number"), [(("opus", "pcmu"), OPUS), (("g722",), G722), (("pcma", "g722"), PCMA), ((), PCMU)]
)
async def test_a_call_may_have_codecs_of_its_own(pump: Pump, codecs: tuple[str, ...], number: int) -> None:
    """In their order, switched off for others or not, and in later offers; the next call has its own."""
    async with exchange(codecs=("pcmu", "pcma")) as sip, Phone(sip.address, pump) as phone:
        offer: dict[str, Any] = {"formats": (PCMU, G722, PCMA, OPUS, 101), "names": NAMES}
        call = await wanted(sip, phone, codecs, **offer)
        await call.answered()
        assert taken(call) == [number]
        await call.reinvite(formats=(G722, OPUS, PCMA, PCMU, 101))
        assert taken(call) == [number]
        await call.hang_up()
        call, _ = await sip.answered(phone, **offer)
        assert taken(call) == [PCMU]


@pytest.mark.native
async def test_a_caller_without_any_codec_of_the_call_is_refused(sip: Exchange, phone: Phone) -> None:
    """488 when it is answered, and to a later offer; the call then goes on as it was."""
    call = await wanted(sip, phone, ("opus",), formats=(PCMU, PCMA, 101))
    assert (await call.final()).status == 488
    call = await wanted(sip, phone, ("pcma",), formats=(PCMU, PCMA, 101))
    await call.answered()
    call.invite(formats=(PCMU, 101))
    assert (await call.final()).status == 488
    assert taken(call) == [PCMA]


@pytest.mark.native
async def test_what_we_offer_is_what_the_call_may_have(sip: Exchange, phone: Phone) -> None:
    """In our order, and described: to one who sends no offer himself, and to one whom we call."""
    call = phone.call("100", sdp=None)
    leg = await sip.leg()
    leg.leg.execute(UseCodecs(("g722", "pcma")))
    leg.leg.execute(Answer())
    await call.answered()
    assert call.remote_sdp
    assert call.remote_sdp.formats[:2] == (G722, PCMA)
    offered = next(m.body.decode() for m in call.messages if m.status == 200)
    assert "opus" not in offered
    assert "PCMU" not in offered


# --- how it sounds -------------------------------------------------------------------------------------


@pytest.mark.native
@pytest.mark.parametrize("name", ["g722", "opus"])
async def test_it_is_wide_and_as_loud_as_it_was(sip: Exchange, phone: Phone, name: Wide) -> None:
    """6 kHz passes both ways within 3 dB, 1 kHz within half a decibel, before a loud word and after it."""
    wide = Wideband(name, *await sip.answered(phone, **OFFERS[name]))
    for _ in range(2):
        heard = await wide.said(tone.sine(1000, 800, rate=WIDE, level_db=-20))
        assert level(heard, MODEL) == pytest.approx(-23.0, abs=0.5)
        heard = await wide.heard(tone.sine(1000, 800, rate=MODEL, level_db=-20))
        assert level(heard, wide.codec.rate_out) == pytest.approx(-23.0, abs=0.5)
        await wide.said(tone.sine(500, 300, rate=WIDE, level_db=0))
    heard = await wide.said(tone.sine(6000, 800, rate=WIDE, level_db=-20))
    assert level(heard, MODEL) == pytest.approx(-23.0, abs=3)
    assert tone.share(heard, 6000, rate=MODEL) > 0.8
    heard = await wide.heard(tone.sine(6000, 800, rate=MODEL, level_db=-20))
    assert level(heard, wide.codec.rate_out) == pytest.approx(-23.0, abs=3)
    assert tone.share(heard, 6000, rate=wide.codec.rate_out) > 0.8


@pytest.mark.native
async def test_what_is_lost_of_opus_is_made_up_for(sip: Exchange, phone: Phone) -> None:
    """By the codec itself: a tone goes on over each tenth packet."""
    wide = Wideband("opus", *await sip.answered(phone, **OFFERS["opus"]))
    heard = await wide.said(tone.sine(440, 1600, rate=WIDE, level_db=-12), lambda n: n > 10 and n % 10 == 0)
    loud = np.flatnonzero(np.abs(heard.astype(np.int32)) > 1000)
    inside = heard[loud[0] + MODEL // 10 : loud[-1] - MODEL // 10]
    assert tone.longest_silence_ms(inside, rate=MODEL) < 10
    assert tone.share(inside, 440, rate=MODEL) > 0.9
    assert (wide.leg.leg.statistics().concealed_ms or 0) >= 20 * 5


@pytest.mark.native
async def test_a_call_may_change_its_codec(sip: Exchange, phone: Phone) -> None:
    """What waits to be said is heard on, at the new rate."""
    call, leg = await sip.answered(phone)
    await call.reinvite(**OFFERS["g722"])
    wide = Wideband("g722", call, leg)
    heard = await wide.heard(tone.sine(6000, 500, rate=MODEL, level_db=-20))
    assert tone.share(heard, 6000, rate=WIDE) > 0.8
    await call.reinvite(formats=(PCMU, 101))
    leg.leg.port.play(2, tone.sine(440, 400, rate=MODEL).tobytes())
    since = await call.hears_sound()
    await call.hears_silence()
    assert tone.share(call.media.heard(since), 440) > 0.9


@pytest.mark.native
@pytest.mark.parametrize("asked", ["stereo=1", "maxplaybackrate=12000", "stereo=1;maxplaybackrate=48000"])
async def test_opus_is_mono_at_a_rate_of_ours(sip: Exchange, phone: Phone, asked: str) -> None:
    """Whatever a far end asks for, it is heard, in one channel."""
    call = phone.call("100", invite=False)
    sdp = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {call.media.local[1]} RTP/AVP {OPUS}\r\n"
        f"a=rtpmap:{OPUS} opus/48000/2\r\na=fmtp:{OPUS} {asked}\r\n"
    )
    call.invite(sdp=sdp)
    leg = await sip.leg()
    leg.leg.execute(Answer())
    await call.answered()
    wide = Wideband("opus", call, leg)
    heard = await wide.heard(tone.sine(1000, 600, rate=MODEL, level_db=-20))
    assert level(heard, wide.codec.rate_out) == pytest.approx(-23.0, abs=1)
    sounding = [packet.payload for packet in call.media.packets if packet.payload_type == OPUS]
    assert all(payload[0] & 0x04 == 0 for payload in sounding)  # the TOC's stereo bit: RFC 6716 section 3.1
