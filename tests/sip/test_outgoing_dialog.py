"""A call that we make, seen from the phone that it rings."""

from __future__ import annotations

import pytest

from gateway.call import Answered, FinishItem, LegEnded, LegState, Play, Played, Reason, Ringing, Withhold
from tests.equipment import tone
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import MS
from tests.equipment.wire_sip import PCMU, Message, Sdp, read_sdp
from tests.sip.conftest import Exchange, Listening

WORDS = tone.sine(660, 300, rate=24_000, fade_ms=2).tobytes()


def rung(sip: Exchange, phone: Phone) -> Listening:
    """Call somebody, with something to say."""
    leg = Listening(sip.agent.dial(f"sip:desk@{phone.local[0]}:{phone.local[1]}"))
    leg.leg.execute(Play("i", WORDS))
    leg.leg.execute(FinishItem("i"))
    return leg


async def rings(leg: Listening) -> None:
    """Wait until there is early media."""
    while await leg.fact() != Ringing(183, sounds=True):
        pass


def pracks(call: Call) -> list[Message]:
    """Return those that came."""
    return [one for one in call.messages if one.method == "PRACK"]


async def test_its_call_id_may_be_given(sip: Exchange, phone: Phone) -> None:
    """Both sides know the call by it."""
    uri = f"sip:desk@{phone.local[0]}:{phone.local[1]}"
    leg = Listening(sip.agent.dial(uri, sip_call_id="rtc_0123456789abcdef"))
    call = await phone.incoming()
    await call.accept()
    while await leg.fact() != Answered():
        pass
    assert {one.header("Call-ID") for one in call.messages} == {"rtc_0123456789abcdef"}
    assert leg.leg.info.sip_call_id == "rtc_0123456789abcdef"
    await call.hang_up()


@pytest.mark.native
async def test_its_codecs_may_be_given(sip: Exchange, phone: Phone) -> None:
    """They alone are offered, and taken later; the next call has all of them again."""
    uri = f"sip:desk@{phone.local[0]}:{phone.local[1]}"
    for given, offered in (
        (("pcma",), {"PCMA/8000"}),
        (("pcmu", "opus"), {"PCMU/8000", "opus/48000/2"}),
        ((), {"opus/48000/2", "G722/8000", "PCMA/8000", "PCMU/8000"}),
    ):
        leg = Listening(sip.agent.dial(uri, codecs=given))
        call = await phone.incoming()
        offer = read_sdp(call.messages[0].body)
        codecs = {offer.names.get(number, str(number)) for number in offer.formats}
        assert {codec for codec in codecs if not codec.startswith("telephone-event")} == offered
        await call.accept()
        while await leg.fact() != Answered():
            pass
        if given == ("pcma",):
            answer = await call.reinvite(formats=(0, 8, 101))
            assert read_sdp(answer.body).formats[0] == 8
        await call.hang_up()


async def test_what_is_prepared_leaves_with_the_answer(sip: Exchange, phone: Phone) -> None:
    """All of it, and none before: also where there is early media."""
    leg = rung(sip, phone)
    call = await phone.incoming()
    call.play_early()
    await rings(leg)
    await call.listens(300)
    assert tone.sound_ms(call.media.heard()) == 0
    await call.accept()
    first = await call.hears_sound(call.times["ACK"])
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 290, "all of it")
    assert (first - call.times["ACK"]) / MS < 500
    while not isinstance(fact := await leg.fact(), Played):
        pass
    assert fact == Played("i")


@pytest.mark.native
async def test_it_waits_until_it_is_known_who_has_answered(sip: Exchange, phone: Phone) -> None:
    """However long that takes."""
    leg = rung(sip, phone)
    leg.leg.execute(Withhold(on=True))
    call = await phone.incoming()
    await call.accept()
    await call.listens(200)
    assert tone.sound_ms(call.media.heard()) == 0
    leg.leg.execute(Withhold(on=False))
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 290, "all of it")


async def test_a_fork_that_answers_with_another_tag_is_the_one_we_talk_with(
    sip: Exchange, phone: Phone
) -> None:
    """One phone rings with early media, another one answers (RFC 3261 section 13.2.2.4)."""
    leg = rung(sip, phone)
    call = await phone.incoming()
    call.play_early()
    await rings(leg)
    call.tag = "another"
    await call.accept()
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 290, "all of it")
    await call.hang_up()
    while not isinstance(last := await leg.fact(), LegEnded):
        pass
    assert last.ending.reason is Reason.CALLEE_HUNG_UP


async def test_of_two_forks_that_answer_one_is_let_go(sip: Exchange, phone: Phone) -> None:
    """The first one talks with us; the other has its 200 acknowledged, and a BYE."""
    leg = rung(sip, phone)
    call = await phone.incoming()
    call.play_early()
    await rings(leg)
    await call.accept()
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 290, "all of it")
    other = Sdp(*call.media.local, formats=(PCMU, 101)).write()
    phone.reply(call.messages[0], 200, tag="other", body=other)

    def told(method: str) -> bool:
        return any(one.method == method and "tag=other" in one.header("To") for one in call.messages)

    await call.hears(lambda: told("ACK") and told("BYE"), "the other's end")
    assert leg.leg.state is LegState.ANSWERED


async def test_reliable_progress_is_acknowledged(sip: Exchange, phone: Phone) -> None:
    """A 183 that wants a PRACK has one (RFC 3262), each once, and the call is answered as ever."""
    leg = rung(sip, phone)
    call = await phone.incoming()
    assert "100rel" in ",".join(call.messages[0].all("Supported"))
    phone.answers["PRACK"] = 200
    reliable = [("Require", "100rel"), ("RSeq", "7")]
    call.play_early(reliable)
    await call.hears(lambda: pracks(call), "the PRACK")
    call.play_early(reliable)  # as if our PRACK had come late
    await rings(leg)
    await call.accept()
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 290, "all of it")
    cseq = call.messages[0].header("CSeq").split()[0]
    assert [one.header("RAck") for one in pracks(call)] == [f"7 {cseq} INVITE"]


async def test_whom_we_call_may_offer_anew_before_the_answer_and_after_it(
    sip: Exchange, phone: Phone
) -> None:
    """By UPDATE (RFC 3311), once the first offer has its answer for good; and without an offer of its own."""
    leg = rung(sip, phone)
    call = await phone.incoming()
    phone.answers["PRACK"] = 200
    call.play_early([("Require", "100rel"), ("RSeq", "1")])
    await call.hears(lambda: pracks(call), "the PRACK")
    offer = Sdp(*call.media.local, formats=(PCMU, 101))
    updated = await call.request("UPDATE", body=offer.write())
    assert (updated.status, read_sdp(updated.body).direction) == (200, "sendrecv")
    await call.accept()
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 290, "all of it")
    held = await call.request("UPDATE", body=offer.changed(direction="sendonly").write())
    assert read_sdp(held.body).direction == "recvonly"
    late = await call.reinvite(sdp=None)
    assert read_sdp(late.body).formats[0] == PCMU
    leg.leg.execute(Play("j", WORDS))
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 580, "the words after the late offer")


async def test_a_session_timer_is_agreed_upon(sip: Exchange, phone: Phone) -> None:
    """Ours is offered (RFC 4028); where it is too short for the other side we ask anew with theirs."""
    leg = rung(sip, phone)
    call = await phone.incoming()
    first = call.messages[0]
    assert (first.header("Session-Expires"), "timer" in first.header("Supported")) == ("1800", True)
    call.reject(422, headers=[("Min-SE", "3600")])
    while not isinstance(await leg.fact(), Answered):
        pass
    again = [one for one in call.messages if one.method == "INVITE"][1]
    assert (again.header("Session-Expires"), again.header("Min-SE")) == ("3600", "3600")


async def test_why_nobody_answers_is_told(sip: Exchange, phone: Phone) -> None:
    """In the network's own words, if it has some."""
    leg = rung(sip, phone)
    (await phone.incoming()).reject(486, headers=[("Reason", "Q.850;cause=17")])
    while not isinstance(fact := await leg.fact(), LegEnded):
        pass
    assert (fact.ending.reason, fact.cause) == (Reason.BUSY, 17)
