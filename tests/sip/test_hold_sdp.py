"""Every way to put a call on hold is known as one, and answered with our own address; seen on the wire."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.call import Answer, Answered, Held, Resumed
from tests.equipment import tone
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Message, Sdp, read_sdp
from tests.sip.conftest import Exchange, exchange, needs_guard

pytestmark = needs_guard

ANSWERS = {"sendrecv": "recvonly", "sendonly": "recvonly", "recvonly": "inactive", "inactive": "inactive"}
"""What is answered to an offer of the address 0.0.0.0, by its direction."""
OURS = "127.0.0.1"


def answered(response: Message) -> tuple[str, str]:
    """Return address and direction of an answer."""
    sdp = read_sdp(response.body)
    return sdp.host, sdp.direction


def of_session(call: Call, direction: str) -> bytes:
    """Return an offer that says its direction once, for all of its streams."""
    assert call.local_sdp is not None
    call.local_sdp = call.local_sdp.changed()
    return _of_session(call.local_sdp, direction)


def _of_session(sdp: Sdp, direction: str) -> bytes:
    written = sdp.write().replace(b"a=sendrecv\r\n", b"")
    return written.replace(b"t=0 0\r\n", f"t=0 0\r\na={direction}\r\n".encode())


@pytest.mark.parametrize("direction", ANSWERS)
async def test_the_address_of_zeros_holds(sip: Exchange, phone: Phone, direction: str) -> None:
    """As RFC 2543 had it: only the holder's side can still send, and we can still be reached."""
    call, leg = await sip.answered(phone)
    response = await call.reinvite(host="0.0.0.0", direction=direction)
    assert answered(response) == (OURS, ANSWERS[direction])
    assert await leg.fact() == Held()
    assert answered(await call.reinvite(host=OURS, direction="sendrecv")) == (OURS, "sendrecv")
    assert await leg.fact() == Resumed()
    assert leg.silent


@pytest.mark.parametrize("direction", ANSWERS)
async def test_the_address_of_zeros_in_the_first_offer(sip: Exchange, phone: Phone, direction: str) -> None:
    """The call begins on hold."""
    call = phone.call("100", host="0.0.0.0", direction=direction)
    leg = await sip.leg()
    leg.leg.execute(Answer())
    assert answered(await call.answered()) == (OURS, ANSWERS[direction])
    assert [await leg.fact(), await leg.fact()] == [Answered(), Held()]


async def test_our_own_address_is_the_one_that_others_see(pump: Pump) -> None:
    """Behind a router, the router's. Over TCP, for that address leads nowhere here."""
    async with (
        exchange(public_address="203.0.113.5") as sip,
        Phone(sip.address, pump, transport="tcp") as phone,
    ):
        call, leg = await sip.answered(phone)
        assert answered(await call.reinvite(host="0.0.0.0")) == ("203.0.113.5", "recvonly")
        assert await leg.fact() == Held()


@pytest.mark.parametrize(("direction", "answer"), [("sendonly", "recvonly"), ("inactive", "inactive")])
async def test_a_direction_of_the_session_holds(
    sip: Exchange, phone: Phone, direction: str, answer: str
) -> None:
    """It is that of all streams that have none of their own; what a stream says counts for more."""
    call, leg = await sip.answered(phone)
    call.invite(sdp=of_session(call, direction))
    assert answered(await call.answered()) == (OURS, answer)
    assert await leg.fact() == Held()
    call.invite(sdp=of_session(call, direction).replace(b"a=ptime", b"a=sendrecv\r\na=ptime"))
    assert answered(await call.answered()) == (OURS, "sendrecv")
    assert await leg.fact() == Resumed()


async def test_a_direction_of_the_session_in_the_first_offer(sip: Exchange, phone: Phone) -> None:
    """The call begins on hold, whichever line says so."""
    call = phone.call("100", sdp=_of_session(Sdp(OURS, 41_000), "sendonly"))
    leg = await sip.leg()
    leg.leg.execute(Answer())
    assert answered(await call.answered()) == (OURS, "recvonly")
    assert [await leg.fact(), await leg.fact()] == [Answered(), Held()]


@pytest.mark.parametrize(
    "hold", [{"direction": "sendonly"}, {"direction": "inactive"}, {"host": "0.0.0.0"}], ids=str
)
async def test_an_update_holds(sip: Exchange, phone: Phone, hold: dict[str, str]) -> None:
    """RFC 3311: an offer like any other, without an ACK."""
    call, leg = await sip.answered(phone)
    assert call.local_sdp is not None
    held = call.local_sdp.changed(**hold)
    response = await call.request("UPDATE", body=held.write())
    assert response.status == 200
    assert answered(response)[0] == OURS
    assert await leg.fact() == Held()
    back = held.changed(direction="sendrecv", host=OURS)
    assert answered(await call.request("UPDATE", body=back.write())) == (OURS, "sendrecv")
    assert await leg.fact() == Resumed()


@pytest.mark.parametrize("hold", [{"direction": "sendonly"}, {"host": "0.0.0.0"}], ids=str)
async def test_an_answer_holds(sip: Exchange, phone: Phone, hold: dict[str, str]) -> None:
    """Servers of music on hold ask for our offer (INVITE without SDP); the answer in the ACK holds."""
    call, leg = await sip.answered(phone)
    call.acks = False
    call.invite(sdp=b"")
    offer = await call.answered()
    assert read_sdp(offer.body).host == OURS
    assert call.local_sdp is not None
    call.acknowledge(offer, body=call.local_sdp.changed(formats=(0, 101), **hold))
    assert await leg.fact() == Held()
    call.acks = True
    await call.reinvite()
    assert await leg.fact() == Resumed()


async def test_an_answer_takes_back(sip: Exchange, phone: Phone) -> None:
    """On hold our offer is a whole one: whoever asks for it can take the call back with the answer."""
    call, leg = await sip.answered(phone)
    await call.reinvite(direction="sendonly")
    assert await leg.fact() == Held()
    assert call.local_sdp is not None
    call.local_sdp = None
    call.invite(sdp=b"")
    offer = await call.answered()
    assert answered(offer) == (OURS, "sendrecv")
    assert await leg.fact() == Resumed()


async def test_the_address_of_zeros_of_a_stream(sip: Exchange, phone: Phone) -> None:
    """It counts for more than the session's."""
    call, leg = await sip.answered(phone)
    assert call.local_sdp is not None
    offer = call.local_sdp.changed().write()
    call.invite(sdp=offer.replace(b"a=rtpmap:0", b"c=IN IP4 0.0.0.0\r\na=rtpmap:0"))
    assert answered(await call.answered()) == (OURS, "recvonly")
    assert await leg.fact() == Held()


async def test_a_hold_that_goes_on_is_told_once(sip: Exchange, phone: Phone) -> None:
    """Other words for it, or the same again to refresh the session (RFC 4028), change nothing."""
    call, leg = await sip.answered(phone)
    for change in ({"direction": "sendonly"}, {"direction": "sendonly"}, {"direction": "inactive"}):
        await call.reinvite(**change)
    await call.reinvite(direction="sendrecv")
    assert [await leg.fact(), await leg.fact()] == [Held(), Resumed()]
    assert leg.silent


async def test_port_0_holds_nobody(sip: Exchange, phone: Phone) -> None:
    """A stream that is given up is the end of the call's only one: 488, and the call goes on as it was."""
    call, leg = await sip.answered(phone)
    call.invite(port=0)
    assert (await call.final()).status == 488
    leg.leg.port.play(1, tone.sine(440, 400, rate=24_000).tobytes())
    await call.hears_sound()
    await call.hears_silence()
    assert tone.sound_ms(call.media.heard()) == pytest.approx(400, abs=40)
    call.media.say(tone.sine(700, 400))
    await call.listens(600)
    assert tone.share(np.frombuffer(leg.heard, np.int16), 700, rate=24_000) > 0.8
    assert leg.silent
