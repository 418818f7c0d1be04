"""What SIP allows a caller to do, and what it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.media.plane import native_available
from tests.equipment import tone
from tests.equipment.model import RATE, Model
from tests.equipment.patience import SOON_MS
from tests.equipment.programs import Gateway
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS, Pump
from tests.equipment.wire_sip import PCMA, PCMU, Message, parameter
from tests.whole_calls.conftest import hang_up_all


async def echoes(call: Call, frequency: float) -> None:
    """Say a tone to the echo and hear it come back: both directions work."""
    # PJSIP puts a stream's first packet on probation (RFC 3550 A.1): nobody's first word comes in it.
    said = await call.said(
        call.media.say(tone.join([tone.silence(200), tone.sine(frequency, 500, fade_ms=5)]))
    )
    await call.hears_sound(since=said.ended_at)
    await call.hears_silence()
    heard = call.media.heard(since=said.ended_at)
    assert max(tone.tones(heard), key=lambda found: found.ms).frequency == pytest.approx(frequency, abs=3)


# --- codecs, transports, packet lengths ---


async def test_a_law_alone(phone: Phone) -> None:
    """A caller who offers only PCMA is heard and hears PCMA."""
    call = phone.call("101", formats=(PCMA, 101))
    await call.answered()
    await echoes(call, 600)
    assert {packet.payload_type for packet in call.media.audio()} == {PCMA}


async def test_the_callers_order_of_codecs_counts(phone: Phone) -> None:
    """A caller who prefers PCMA gets an answer that both can speak, and sound in it."""
    call = phone.call("101", formats=(18, PCMA, PCMU, 101))
    await call.answered()
    assert call.remote_sdp
    assert call.remote_sdp.codec in {PCMA, PCMU}
    await echoes(call, 600)


async def test_tcp(gateway: Gateway, pump: Pump) -> None:
    """A call over TCP: answered, heard both ways, hung up."""
    async with Phone(gateway.sip, pump, transport="tcp") as phone:
        call = phone.call("101")
        await call.answered()
        await echoes(call, 600)
        assert (await call.hang_up()).status == 200


async def test_the_gateway_hangs_up_over_tcp(gateway: Gateway, pump: Pump, model: Model) -> None:
    """The gateway's BYE finds its way over the caller's connection."""
    async with Phone(gateway.sip, pump, transport="tcp") as phone:
        call = phone.call("400")  # nobody speaks for a second
        await call.answered()
        assert await model.session()
        assert (await call.ended()).method == "BYE"


@pytest.mark.parametrize("ptime", [10, 30, 60])
async def test_packets_of_other_lengths(phone: Phone, ptime: int) -> None:
    """A caller who sends 10, 30 or 60 ms a packet is heard without holes, and hears clean sound."""
    call = phone.call("101", ptime=ptime)
    call.media.ptime = ptime
    await call.answered()
    await echoes(call, 600)
    # Python is between two packets of portable mode: on a busy machine one is late.
    assert len(tone.clicks(call.media.heard())) <= (0 if native_available() else 2)
    assert call.media.lost() == 0


async def test_without_telephone_event(phone: Phone) -> None:
    """A caller without RFC 4733 gets an answer without it."""
    call = phone.call("100", formats=(PCMU,), names={})
    await call.answered()
    assert call.remote_sdp
    assert call.remote_sdp.telephone_event is None
    await call.hears_sound()


async def test_a_late_offer(phone: Phone) -> None:
    """An INVITE without SDP gets an offer in the 200, and its answer in the ACK counts (RFC 3261 13.2.1)."""
    call = phone.call("101", sdp=None)
    await call.answered()
    assert call.remote_sdp
    assert {PCMU, PCMA} <= set(call.remote_sdp.formats)
    await echoes(call, 600)


# --- within a call ---


async def test_a_reinvite_moves_the_sound(phone: Phone) -> None:
    """After a re-INVITE with another port, sound goes there and comes from there."""
    call = phone.call("101")
    await call.answered()
    await echoes(call, 600)
    await call.reinvite(new_port=True)
    await echoes(call, 800)


async def test_hold_and_back(phone: Phone, gateway: Gateway, model: Model) -> None:
    """On hold the agent sends nothing (RFC 3264 8.4); taken back, the call goes on."""
    model.says = tone.sine(440, 8000, rate=RATE)
    call = phone.call("200")
    await call.answered()
    await call.hears_sound()
    await call.reinvite(direction="sendonly")
    assert call.remote_sdp
    assert call.remote_sdp.direction == "recvonly"
    await call.listens(200)
    before = len(call.media.audio())
    await call.listens(300)
    assert len(call.media.audio()) == before
    await call.reinvite(direction="sendrecv")
    await call.hears(lambda: len(call.media.audio()) > before + 5, "RTP after the hold")
    started = gateway.events("call.started")[-1]["call"]
    assert len(gateway.events("call.reinvited", call=started, status=200)) == 2
    assert len(gateway.events("call.held", call=started)) == 1
    await gateway.said("call.resumed", call=started)
    assert not gateway.events("call.ended", sip_call_id=call.call_id)


async def test_an_offer_with_nothing_in_common(phone: Phone) -> None:
    """A re-INVITE to codecs that nobody here speaks is 488, and changes nothing (RFC 3261 14.2)."""
    call = phone.call("101")
    await call.answered()
    with pytest.raises(Rejected) as refused:
        await call.reinvite(formats=(18, 101))
    assert refused.value.status == 488
    await echoes(call, 600)
    await call.reinvite(formats=(PCMA, 101))
    await echoes(call, 800)


@pytest.mark.native
@pytest.mark.parametrize("kilobytes", [1, 3, 12])
async def test_a_long_offer_with_nothing_in_common(phone: Phone, kilobytes: int) -> None:
    """However long it is, it is 488, and the call goes on; PJSIP shows us a kilobyte of it at most."""
    call = phone.call("101")
    await call.answered()
    with pytest.raises(Rejected) as refused:
        await call.reinvite(formats=(18, 101), extra=("a=x-long:" + "y" * 500,) * 2 * kilobytes)
    assert refused.value.status == 488
    await echoes(call, 600)


async def test_digits_reach_the_model(phone: Phone, model: Model) -> None:
    """Keys (RFC 4733) are told to the model as text, each once, and are not heard as sound."""
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    await call.said(call.media.press("42#"))
    created = await session.got("conversation.item.create")
    assert "42" in str(created["item"])
    assert tone.spans(session.caller(), rate=RATE) == []


@pytest.mark.native
async def test_digits_in_info_reach_the_model(phone: Phone, model: Model) -> None:
    """A phone without RFC 4733 presses its keys in INFO; what else it says there harms nobody."""
    call = phone.call("201")
    await call.answered()
    session = await model.session()
    for kind, body, status in [("dtmf", b"4", 200), ("xml", b"<a/>", 415), ("dtmf", b"2", 200)]:
        headers = [("Content-Type", f"application/{kind}")]
        assert (await call.request("INFO", headers=headers, body=body)).status == status
    await call.said(call.media.press("#"))
    created = await session.got("conversation.item.create")
    assert "42" in str(created["item"])


async def test_options_outside_of_calls(phone: Phone) -> None:
    """OPTIONS is answered 200 with what is allowed."""
    answer = await phone.ask("OPTIONS")
    assert answer.status == 200
    assert "INVITE" in answer.header("Allow")


@pytest.mark.native
async def test_options_within_a_call(phone: Phone) -> None:
    """A carrier that asks whether the call is still there hears that it is."""
    call = phone.call("100")
    await call.answered()
    assert (await call.request("OPTIONS")).status == 200
    await call.hears_sound()


async def test_refer_is_declined(gateway: Gateway, phone: Phone, pump: Pump) -> None:
    """A caller's REFER is 603, nobody is dialled, and the call goes on."""
    async with Phone(gateway.sip, pump, user="sink") as sink:
        call = phone.call("101")
        await call.answered()
        refer = await call.request("REFER", headers=[("Refer-To", f"<sip:1@127.0.0.1:{sink.local[1]}>")])
        assert refer.status == 603
        await echoes(call, 600)
        assert sink.received == []


async def test_replaces_is_refused(gateway: Gateway, phone: Phone, pump: Pump) -> None:
    """A stranger who knows a call's tags cannot take it over (RFC 3891)."""
    call = phone.call("101")
    await call.answered()
    async with Phone(gateway.sip, pump, user="thief", host="127.0.0.2") as thief:
        tags = f"{call.call_id};to-tag={call.remote_tag};from-tag={call.tag}"
        stolen = thief.call("101", headers=[("Replaces", tags), ("Require", "replaces")])
        with pytest.raises(Rejected) as refused:
            await stolen.answered()
        assert refused.value.status in {403, 420, 481, 486, 603}
    assert not call.over
    await echoes(call, 600)


# --- before a call ---


async def test_cancel(phone: Phone, model: Model, gateway: Gateway) -> None:
    """CANCEL while it rings: 200 for the CANCEL, 487 for the INVITE, and the session is not kept."""
    model.confirms = False
    call = phone.call("200")
    await call.progress(180)
    session = await model.session()
    assert (await call.cancel()).status == 200
    assert (await call.final()).status == 487
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"]) == ("cancelled", "caller_cancelled")
    await session.until(session.closed.is_set)


async def test_hanging_up_while_it_rings(phone: Phone, model: Model, gateway: Gateway) -> None:
    """BYE in place of CANCEL (RFC 3261 section 15) is the caller's doing, and logged as that."""
    model.confirms = False
    call = phone.call("200")
    call.remote_tag = parameter((await call.progress(180)).header("To"), "tag")
    session = await model.session()
    assert (await call.request("BYE")).status == 200
    assert (await call.final()).status == 487
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"], line["status"]) == ("cancelled", "caller_cancelled", 487)
    await session.until(session.closed.is_set)


async def test_hanging_up_before_the_ack(phone: Phone, gateway: Gateway) -> None:
    """A BYE that overtakes its ACK ends an answered call: no failure of anybody's."""
    call = phone.call("101", invite=False)
    call.acks = False
    call.invite()
    call.remote_tag = parameter((await call.final()).header("To"), "tag")
    assert (await call.request("BYE")).status == 200
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"], line["status"]) == ("completed", "caller_hung_up", 200)


@pytest.mark.parametrize(("number", "status"), [("999", 404), ("600", 603)])
async def test_numbers_that_refuse(phone: Phone, number: str, status: int) -> None:
    """A number without a plan is 404; a plan that refuses says its status."""
    with pytest.raises(Rejected) as refused:
        await phone.call(number).answered()
    assert refused.value.status == status


async def test_a_number_that_redirects(phone: Phone) -> None:
    """302 names the place in Contact."""
    with pytest.raises(Rejected) as refused:
        await phone.call("601").answered()
    assert refused.value.status == 302
    assert "sip:desk@127.0.0.9" in refused.value.response.header("Contact")


async def test_a_busy_number(phone: Phone, gateway: Gateway) -> None:
    """A second call to a number that takes one is 486; when the first is over, the next is taken."""
    first = phone.call("401")
    await first.answered()
    with pytest.raises(Rejected) as refused:
        await phone.call("401").answered()
    assert refused.value.status == 486
    await hang_up_all(phone, gateway)
    await phone.call("401").answered()


async def test_nothing_in_common(phone: Phone) -> None:
    """Only codecs that nobody here speaks: 488."""
    with pytest.raises(Rejected) as refused:
        await phone.call("100", formats=(18, 101)).answered()
    assert refused.value.status == 488


@pytest.mark.native
@pytest.mark.parametrize(("method", "status"), [("REGISTER", 405), ("REFER", 405), ("BREW", 501)])
async def test_methods_that_are_not_served(phone: Phone, method: str, status: int) -> None:
    """Outside of calls, methods that nobody asked us to serve are refused, not ignored."""
    answer = await phone.ask(method, headers=[("Refer-To", "<sip:1@127.0.0.9>")], number="101")
    assert answer.status == status


async def test_an_invite_twice_is_one_call(phone: Phone, gateway: Gateway, model: Model) -> None:
    """The same INVITE again (a caller's retransmission) is answered, not a second call."""
    model.confirms = False
    call = phone.call("200")
    await call.progress(180)
    for _ in range(3):
        phone.send(call._invite_request or b"")
    await call.listens(200)
    assert len(model.sessions) == 1
    await call.cancel()
    await call.final()
    await gateway.said("call.ended", sip_call_id=call.call_id)


@pytest.mark.native
async def test_one_branch_of_two_callers_is_two_calls(gateway: Gateway, phone: Phone, pump: Pump) -> None:
    """They are told apart by the sent-by of their Via (RFC 3261 section 17.2.3): both are answered."""
    async with Phone(gateway.sip, pump, user="other") as other:
        asked = [one.request("INVITE", number="600") for one in (phone, other)]
        for one, invite in zip((phone, other), asked, strict=True):
            headers = [
                (name, value.replace(invite.branch, "z9hG4bKthesame")) for name, value in invite.headers
            ]
            one.send(replace(invite, headers=headers))
            while (answer := await one.stray()).status < 200:
                pass
            assert (answer.status, answer.header("Call-ID")) == (603, invite.header("Call-ID"))


# --- nonsense ---

NONSENSE = [
    b"\r\n\r\n",
    b"\0" * 100,
    b"INVITE\r\n\r\n",
    b"INVITE sip:100@127.0.0.1 SIP/2.0\r\n\r\n",
    b"SIP/2.0 200 OK\r\n\r\n",
    b"\xff\xfe" * 500,
    b"INVITE sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=\r\nCSeq: 99999999999 INVITE\r\n\r\n",
    b"OPTIONS " + b"sip:" + b"a" * 3000 + b" SIP/2.0\r\nContent-Length: -5\r\n\r\n",
]


@pytest.mark.parametrize("data", NONSENSE, ids=range(len(NONSENSE)))
async def test_nonsense_is_survived(phone: Phone, data: bytes) -> None:
    """Whatever comes to the SIP port, the next one is served."""
    phone.send(data)
    assert (await phone.ask("OPTIONS")).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"v=0",
        b"this is no session description",
        b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio x RTP/AVP 0\r\n",
        b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 9 RTP/AVP 31\r\n",
        b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
    ],
    ids=["cut", "prose", "port", "video", "no media"],
)
async def test_broken_offers_are_refused(phone: Phone, body: bytes) -> None:
    """An offer that cannot be read or used is refused with a 4xx, and nobody is left ringing."""
    call = phone.call("100", invite=False)
    call.invite(sdp=body, headers=[("Content-Type", "application/sdp")] if body[:3] != b"v=0" else [])
    response: Message = await call.final()
    assert 400 <= response.status < 500


async def test_headers_with_control_characters(phone: Phone, gateway: Gateway, model: Model) -> None:
    """Names with escapes and quotes stay inside one log line each."""
    call = phone.call("200", headers=[("X-Odd", "\x1b[31m\t\"'{}"), ("Subject", "ü" * 500)])
    await call.answered()
    await hang_up_all(phone, gateway)
    assert all(text.startswith("{") for text in gateway.text), gateway.tail()


async def test_silence_after_the_answer_is_short(phone: Phone) -> None:
    """Our first packet follows the 200 at once: nobody hears dead air while RTP starts."""
    call = phone.call("100")
    await call.answered()
    await call.hears(lambda: call.media.packets, "RTP")
    assert (call.media.packets[0].at - call.times[200]) / MS < SOON_MS
