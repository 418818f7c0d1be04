"""Calls of ours: whom they reach, as whom, and for how long they ring."""

from __future__ import annotations

import socket
import struct

import pytest

from gateway.call import Answered, Destination, Dial, LegEnded, Party, Ringing
from gateway.sip.outgoing import NO_ANSWER, OutgoingCalls
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import read_sdp
from tests.sip.conftest import Exchange, Listening


def at(phone: Phone, user: str = "desk") -> Destination:
    """Return where a phone is."""
    return Destination(user, phone.local[0], phone.local[1])


async def test_somebody_is_called_and_answers(sip: Exchange, phone: Phone) -> None:
    """The phone rings, and shows who calls."""
    leg = Listening(
        OutgoingCalls(sip.agent)(Dial(at(phone), Party("+15551230001", display_name='Ann "A" Lee')))
    )
    rung = await phone.incoming()
    assert rung.messages[0].header("From").startswith('"Ann A Lee" <sip:+15551230001@127.0.0.1>')
    assert rung.messages[0].start == f"INVITE {at(phone).uri} SIP/2.0"
    rung.ring()
    assert await leg.fact() == Ringing(180)
    await rung.accept()
    assert await leg.fact() == Answered()


async def test_nobody_answers_in_time(sip: Exchange, phone: Phone) -> None:
    """It is let go with CANCEL, and is an answer that did not come."""
    leg = Listening(OutgoingCalls(sip.agent)(Dial(at(phone), rings_s=0.3)))
    rung = await phone.incoming()
    rung.ring()
    assert await leg.fact() == Ringing(180)
    assert await leg.fact() == LegEnded(NO_ANSWER)
    assert (await rung.ended()).method == "CANCEL"
    assert NO_ANSWER.status == 408


@pytest.mark.native
async def test_audio_that_comes_before_the_answer_makes_nobody_deaf(sip: Exchange, phone: Phone) -> None:
    """A callee's first packets wait for us when his 200 comes; PJSIP read no further, in a call of four."""
    for _ in range(8):
        leg = Listening(OutgoingCalls(sip.agent)(Dial(at(phone))))
        rung = await phone.incoming()
        offer = read_sdp(rung.messages[0].body)
        with socket.socket(type=socket.SOCK_DGRAM) as eager:
            for number in range(40):
                packet = struct.pack("!BBHII", 0x80, 0, number, number * 160, 77) + b"\xff" * 160
                eager.sendto(packet, (offer.host, offer.port))
        await rung.accept()
        assert await leg.fact() == Answered()
        await rung.listens(200)
        assert leg.leg.port.counters().rtp_packets > 0
        await rung.hang_up()
        await leg.ended()


async def test_who_answered_in_time_is_left_alone(sip: Exchange, phone: Phone) -> None:
    """The time is that of ringing."""
    leg = Listening(OutgoingCalls(sip.agent)(Dial(at(phone), rings_s=0.2)))
    rung = await phone.incoming()
    await rung.accept()
    assert await leg.fact() == Answered()
    await rung.listens(500)
    assert not rung.over
    assert leg.silent


@pytest.mark.parametrize("status", [486, 603, 404])
async def test_a_refusal_has_its_status(sip: Exchange, phone: Phone, status: int) -> None:
    """Why they do not answer is known."""
    leg = Listening(OutgoingCalls(sip.agent)(Dial(at(phone))))
    (await phone.incoming()).reject(status)
    ended = await leg.fact()
    assert isinstance(ended, LegEnded)
    assert ended.ending.status == status


@pytest.mark.parametrize("name", ['"; tag=1 <sip:evil@x>', "Ann\r\nX-Evil: 1", "A" * 500, "Zoë"])
async def test_what_a_caller_is_called_cannot_become_a_header(
    sip: Exchange, phone: Phone, pump: Pump, name: str
) -> None:
    """A display name is somebody else's text."""
    Listening(OutgoingCalls(sip.agent)(Dial(at(phone), Party("evil@h;x=1", display_name=name))))
    invite = (await phone.incoming()).messages[0]
    assert len(invite.all("From")) == 1
    assert "<sip:gateway@127.0.0.1>" in invite.header("From")
    assert not invite.header("X-Evil")


async def test_in_a_rehearsal_all_are_called_at_one_place(sip: Exchange, phone: Phone) -> None:
    """As whom they are, without the trunk over which they would be."""
    calls = OutgoingCalls(sip.agent, instead=(phone.local[0], phone.local[1]))
    calls(Dial(Destination("200", "pbx.example.com", 5080), trunk="nowhere"))
    rung = await phone.incoming()
    assert rung.messages[0].start == f"INVITE {at(phone, '200').uri} SIP/2.0"
