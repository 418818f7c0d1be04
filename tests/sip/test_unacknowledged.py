"""A call whose 200 nobody acknowledges: a second of audio, and after 64*T1 its place is free."""

from __future__ import annotations

import ctypes
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.call import Answer, Answered, Ending, HangUp, LegEnded, Reason, Result
from gateway.sip import stack
from gateway.sip.playout_gate import ACK_WITHIN_MS
from tests.equipment import tone
from tests.equipment.wire_call import Call
from tests.equipment.wire_capture import Capture
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Sdp
from tests.sip.conftest import Exchange, exchange, needs_guard

pytestmark = needs_guard

GIVEN_UP = Ending(Result.FAILED, Reason.SIGNALLING_FAILED, 408)
OURS = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)
WITHIN_MS = 800
PLACES = 4


def pjsip_timers(t1_ms: int, td_ms: int) -> None:
    """Set RFC 3261's T1, and the 64*T1 after which a transaction is given up."""
    library = next(
        line.split()[-1]
        for line in Path("/proc/self/maps").read_text().splitlines()
        if "/libpjsip.so" in line
    )
    ctypes.CDLL(library).pjsip_tsx_set_timers(t1_ms, 0, 0, td_ms)


@pytest.fixture
async def sip() -> AsyncIterator[Exchange]:
    """An agent with few places, in which 64*T1 is soon over."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stack, "SPARE_CALLS", PLACES - 1)
        async with exchange(max_calls=1) as running:
            pjsip_timers(100, WITHIN_MS)
            yield running


@pytest.fixture(autouse=True)
def timers() -> Iterator[None]:
    """Other tests have the usual times."""
    yield
    pjsip_timers(500, 32_000)


@pytest.fixture
async def phone(sip: Exchange, pump: Pump) -> AsyncIterator[Phone]:
    """A phone that answers no BYE either."""
    async with Phone(sip.address, pump) as ready:
        del ready.answers["BYE"]
        yield ready


def unacknowledged(phone: Phone) -> Call:
    """Call and never send the ACK."""
    call = phone.call("100", invite=False)
    call.acks = False
    call.invite()
    return call


async def test_the_call_is_given_up(sip: Exchange, phone: Phone) -> None:
    """With a BYE, which is sent again until it is answered; the leg hears of it at once."""
    call = unacknowledged(phone)
    leg = await sip.leg()
    leg.leg.execute(Answer())
    await call.final()
    assert await leg.fact() == LegEnded(GIVEN_UP)
    assert leg.silent
    await call.hears(lambda: [m.method for m in call.messages].count("BYE") > 1, "the BYE again")


@pytest.mark.parametrize("hung_up", [False, True])
async def test_its_place_is_free_then(sip: Exchange, phone: Phone, hung_up: bool) -> None:
    """PJSIP's, too, while the BYE still waits for an answer; also where we have hung up long before."""
    calls = [unacknowledged(phone) for _ in range(PLACES)]
    legs = [await sip.leg() for _ in calls]
    for call, leg in zip(calls, legs, strict=True):
        leg.leg.execute(Answer())
        await call.final()
        if hung_up:
            leg.leg.execute(HangUp(OURS))
    assert (await phone.call("100").final()).status == 486  # every place is taken
    assert [await leg.fact() for leg in legs] == [LegEnded(OURS if hung_up else GIVEN_UP)] * PLACES
    await calls[0].listens(WITHIN_MS)
    call, _ = await sip.answered(phone)
    assert call.media.remote


async def test_a_late_answer_to_the_bye_is_nobodys(sip: Exchange, phone: Phone) -> None:
    """It finds its dialog, and not the call that has the place by now."""
    call = unacknowledged(phone)
    leg = await sip.leg()
    leg.leg.execute(Answer())
    answer = await call.final()
    await leg.ended()
    await call.hears(lambda: "BYE" in call.times, "the BYE")
    next_call, next_leg = await sip.answered(phone)
    bye = next(message for message in call.messages if message.method == "BYE")
    phone.reply(bye, 401, tag=call.tag)
    phone.reply(bye, 200, tag=call.tag)
    call.acknowledge(answer)
    assert (await call.request("BYE")).status in {200, 481}
    next_leg.leg.port.play(1, tone.sine(440, 200, rate=24_000).tobytes())
    await next_call.hears_sound()
    assert next_leg.silent


# --- audio -------------------------------------------------------------------------------------------------


@pytest.fixture
def capture() -> Iterator[Capture]:
    """Everything that leaves."""
    with Capture() as ready:
        yield ready


VICTIM = ("127.0.0.66", 41_000)


async def test_a_second_of_audio_leaves_and_no_more(sip: Exchange, phone: Phone, capture: Capture) -> None:
    """50 packets of 20 ms, then not even RTCP, until the call is given up and after that."""
    pjsip_timers(500, 1500)
    call = phone.call("100", invite=False)
    call.acks = False
    call.invite(sdp=Sdp(*VICTIM))
    leg = await sip.leg()
    leg.leg.execute(Answer())
    await call.final()
    await call.listens(1200)
    assert len(capture.rtp_to(*VICTIM)) == 50
    before = len(capture.udp_to(VICTIM[0]))
    await leg.ended()
    await call.listens(100)
    assert len(capture.udp_to(VICTIM[0])) == before


async def test_a_slow_ack_costs_no_word(sip: Exchange, phone: Phone) -> None:
    """What was not sent waits, and follows the ACK without a gap in the packets' numbers."""
    pjsip_timers(500, 32_000)
    call = unacknowledged(phone)
    call.media.speaks_silence = False
    leg = await sip.leg()
    leg.leg.execute(Answer())
    leg.leg.port.play(1, tone.sine(440, 1500, rate=24_000).tobytes())
    answer = await call.final()
    await call.listens(1400)
    # A second of audio, in which the first word has waited for the ACK.
    assert tone.sound_ms(call.media.heard()) == pytest.approx(1000 - ACK_WITHIN_MS, abs=25)
    call.acknowledge(answer)
    assert await leg.fact() == Answered()
    await call.hears(lambda: len(call.media.loud()) >= 75, "the other half second")
    await call.hears_silence()
    assert tone.sound_ms(call.media.heard()) == pytest.approx(1500, abs=25)
    assert call.media.lost() == 0


async def test_a_packet_from_there_is_as_good_as_the_ack(sip: Exchange, phone: Phone) -> None:
    """Whoever sends from where we send to is there, whether it is RTP or RTCP."""
    pjsip_timers(500, 32_000)
    report = bytes([0x80, 201, 0, 1, 0, 0, 0, 1])
    silence = bytes([0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1]) + b"\xff" * 160
    calls = [unacknowledged(phone) for _ in range(2)]
    for call in calls:
        (await sip.leg()).leg.execute(Answer())
        await call.final()
    await calls[1].listens(1200)
    for call, packet, next_port in zip(calls, (silence, report), (0, 1), strict=True):
        assert len(call.media.packets) == 50
        host, port = _media_of(call)
        call.media.socket.sendto(packet, (host, port + next_port))
    for call in calls:
        await call.hears(lambda media=call.media: len(media.packets) > 55, "more")  # type: ignore[misc]


def _media_of(call: Call) -> tuple[str, int]:
    body = next(message.body for message in call.messages if message.status == 200)
    line = next(line for line in body.decode().splitlines() if line.startswith("m=audio"))
    return "127.0.0.1", int(line.split()[1])


async def test_another_address_is_on_trial_again(sip: Exchange, phone: Phone, capture: Capture) -> None:
    """A re-INVITE is an INVITE: its ACK, and not that of the first, sends audio to where it points."""
    pjsip_timers(500, 32_000)
    call, _ = await sip.answered(phone)
    call.media.speaks_silence = False
    call.acks = False
    call.invite(host=VICTIM[0], port=VICTIM[1])
    answer = await call.final()
    await call.listens(1300)
    assert len(capture.rtp_to(*VICTIM)) == 50
    call.acknowledge(answer)
    await call.hears(lambda: len(capture.rtp_to(*VICTIM)) > 60, "audio after the ACK")


async def test_an_update_has_no_ack(sip: Exchange, phone: Phone, capture: Capture) -> None:
    """Who sends it within the call has shown that he is there (RFC 3311)."""
    call, _ = await sip.answered(phone)
    call.media.speaks_silence = False
    assert call.local_sdp
    offer = call.local_sdp.changed(host=VICTIM[0], port=VICTIM[1])
    assert (await call.request("UPDATE", body=offer.write())).status == 200
    await call.hears(lambda: len(capture.rtp_to(*VICTIM)) > 60, "audio at the new address")


async def test_an_answer_in_the_ack_is_proof_enough(sip: Exchange, phone: Phone, capture: Capture) -> None:
    """To an INVITE without an offer nothing leaves before the ACK, and everything after."""
    call = phone.call("100", invite=False)
    call.acks = False
    call.invite(sdp=None)
    leg = await sip.leg()
    leg.leg.execute(Answer())
    answer = await call.final()
    call.acknowledge(answer, body=Sdp(*VICTIM, formats=(0,)).write())
    await leg.fact()
    await call.hears(lambda: len(capture.rtp_to(*VICTIM)) > 60, "audio")
