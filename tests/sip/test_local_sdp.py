"""What our own session descriptions say."""

from __future__ import annotations

from gateway.call import Answer, Digit
from tests.equipment import patience
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_sip import Sdp, read_sdp, streams
from tests.sip.conftest import Exchange, needs_guard

pytestmark = needs_guard


async def test_a_dialled_call_offers_audio_alone(sip: Exchange, phone: Phone) -> None:
    """One stream, packets of 20 ms, keys."""
    sip.agent.dial(f"sip:somebody@{phone.local[0]}:{phone.local[1]}")
    call = await phone.incoming()
    body = call.messages[0].body
    assert [kind for kind, _ in streams(body)] == ["audio"]
    offer = read_sdp(body)
    assert (offer.ptime, offer.formats[:2]) == (20, (0, 8))
    assert offer.telephone_event == 101
    call.reject(486)


async def test_keys_of_who_answers_with_a_number_of_his_own(sip: Exchange, phone: Phone) -> None:
    """They come under ours, as RFC 3264 section 5.1 has it; and ours is what those use who know no other."""
    for theirs in (101, 96):
        call = phone.call("100", invite=False)
        call.acks = False
        call.invite(sdp=None)
        leg = await sip.leg()
        leg.leg.execute(Answer())
        told = await call.final()
        offer = read_sdp(told.body)
        call.acknowledge(told, body=Sdp(*call.media.local, (0, theirs), {theirs: "telephone-event/8000"}))
        await leg.fact()
        call.media.remote = (offer.host, offer.port)
        call.media.event_type = 101
        phone.pump.start(call.media)
        call.media.press("9")
        assert await leg.fact() == Digit("9")


async def test_a_new_offer_of_ours_is_audio_alone(sip: Exchange, phone: Phone) -> None:
    """Where the far end takes two codecs PJSIP offers the one that it will send (RFC 3264 section 10.2)."""
    call = phone.call("100", invite=False)
    call.acks = False
    call.invite(sdp=None)
    leg = await sip.leg()
    leg.leg.execute(Answer())
    answer = await call.final()
    call.acknowledge(answer, body=Sdp(*call.media.local, (0, 8)))
    async with patience.within(10):
        await phone.pump.until(
            lambda: [m for m in call.messages if m.method in {"INVITE", "UPDATE"} and not m.status]
        )
    again = next(m for m in call.messages if m.method in {"INVITE", "UPDATE"} and not m.status)
    assert [kind for kind, _ in streams(again.body)] == ["audio"]
    assert read_sdp(again.body).ptime == 20


async def test_packets_of_a_dialled_call_are_as_long_as_its_answer_asks(sip: Exchange, phone: Phone) -> None:
    """`ptime` of an answer counts like that of an offer (RFC 3264 section 6.1)."""
    sip.agent.dial(f"sip:somebody@{phone.local[0]}:{phone.local[1]}")
    call = await phone.incoming()
    call.media.ptime = 40
    await call.accept()
    await call.hears(lambda: len(call.media.packets) > 5, "packets")
    assert {len(packet.payload) for packet in call.media.audio()} == {320}
    await call.hang_up()
