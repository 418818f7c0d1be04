"""What PJSIP reports becomes a fact, what a leg orders becomes SIP; seen from a phone on the wire."""

from __future__ import annotations

import numpy as np
import pytest
from structlog.testing import capture_logs

from gateway.call import (
    REDIRECTED,
    Answer,
    Answered,
    Digit,
    Ending,
    HangUp,
    Held,
    LegEnded,
    LegState,
    PlayMusic,
    Reason,
    Redirect,
    Result,
    Resumed,
    Ring,
    SendDigits,
)
from gateway.sip import dialog
from gateway.sip.dialog import RETRY_AFTER_S, sip_headers
from gateway.sip.endings import CALLER_CANCELLED, NO_MEDIA
from tests.equipment import tone
from tests.equipment.wire_call import Call, Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_sip import PCMA, PCMU, Message, Sdp, parameter, read_sdp
from tests.sip.conftest import Exchange, Listening

OURS = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)
CALLER = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)


async def ringing(sip: Exchange, phone: Phone, **offer: object) -> tuple[Call, Listening]:
    """Ring, and wait until that was heard."""
    call = phone.call("100", **offer)
    leg = await sip.leg()
    leg.leg.execute(Ring())
    await call.progress(180)
    return call, leg


async def refused(call: Call) -> Rejected:
    """Wait for a refusal."""
    with pytest.raises(Rejected) as told:
        await call.answered()
    return told.value


# --- by itself -------------------------------------------------------------------------------------------


def test_a_header_cannot_smuggle_another() -> None:
    """PJSIP copies CR and LF onto the wire."""
    (header,) = sip_headers({"Contact": "<sip:a@b>\r\nX-Evil: 1"})
    assert header.hValue == "<sip:a@b>X-Evil: 1"


# --- before the answer -----------------------------------------------------------------------------------


async def test_answered_is_not_before_the_ack(sip: Exchange, phone: Phone) -> None:
    """The line is open when the caller has confirmed it (RFC 3261 13.3.1.4), not when we said 200."""
    call = phone.call("100", invite=False)
    call.acks = False
    call.invite()
    leg = await sip.leg()
    leg.leg.execute(Answer())
    answer = await call.final()
    assert leg.silent
    call.acknowledge(answer)
    assert await leg.fact() == Answered()


async def test_an_edge_that_has_no_audio_for_it(sip: Exchange, phone: Phone) -> None:
    """It says so with the ACK: the call is ended before anybody speaks, and why is told and logged."""
    call = phone.call("100", invite=False)
    call.acks = False
    call.invite()
    leg = await sip.leg()
    with capture_logs() as lines:
        leg.leg.execute(Answer())
        call.acknowledge(await call.final(), headers=[("X-Edge-Audio", "none")])
        assert await leg.fact() == LegEnded(NO_MEDIA)
    assert (await call.ended()).method == "BYE"
    assert [line["event"] for line in lines if "audio" in line["event"]] == ["audio.not_relayed"]


@pytest.mark.parametrize("status", [404, 486, 503, 603])
async def test_a_call_is_refused_with_the_endings_status(sip: Exchange, phone: Phone, status: int) -> None:
    """503 says when to come back; the others do not."""
    call, leg = await ringing(sip, phone)
    ending = Ending(Result.REJECTED, Reason.REJECTED_BY_PLAN, status)
    leg.leg.execute(HangUp(ending))
    told = await refused(call)
    assert told.status == status
    assert told.response.header("Retry-After") == (RETRY_AFTER_S if status == 503 else "")
    assert await leg.fact() == LegEnded(ending)


async def test_a_ringing_call_that_is_hung_up_is_503(sip: Exchange, phone: Phone) -> None:
    """An ending that names no failure is no 603: that would keep a proxy from trying elsewhere."""
    call, leg = await ringing(sip, phone)
    leg.leg.execute(HangUp(OURS))
    assert (await refused(call)).status == 503
    assert await leg.fact() == LegEnded(OURS)


async def test_hanging_up_before_the_ack_is_a_bye(sip: Exchange, phone: Phone) -> None:
    """Answered is answered (RFC 3261 15): whoever refuses then confuses the caller."""
    call = phone.call("100", invite=False)
    call.acks = False
    call.invite()
    leg = await sip.leg()
    leg.leg.execute(Answer())
    answer = await call.final()
    leg.leg.execute(HangUp(OURS))
    call.acknowledge(answer)
    assert (await call.ended()).method == "BYE"


async def test_a_caller_who_does_not_wait(sip: Exchange, phone: Phone) -> None:
    """CANCEL is told as what it is."""
    call, leg = await ringing(sip, phone)
    assert (await call.cancel()).status == 200
    assert (await call.final()).status == 487
    assert await leg.fact() == LegEnded(Ending(Result.CANCELLED, Reason.CALLER_CANCELLED, 487))


async def test_a_caller_who_hangs_up_while_it_rings(sip: Exchange, phone: Phone) -> None:
    """BYE in an early dialog (RFC 3261 section 15) gives the call up like a CANCEL: 487 for the INVITE."""
    call, leg = await ringing(sip, phone)
    call.remote_tag = parameter((await call.progress(180)).header("To"), "tag")
    assert (await call.request("BYE")).status == 200
    assert (await call.final()).status == 487
    assert await leg.fact() == LegEnded(CALLER_CANCELLED)


@pytest.mark.parametrize("acks", [False, True])
async def test_a_caller_who_hangs_up_before_the_ack(sip: Exchange, phone: Phone, acks: bool) -> None:
    """A 200 whose BYE overtakes its ACK, or that has none, was an answered call that the caller ended."""
    call = phone.call("100", invite=False)
    call.acks = False
    call.invite()
    leg = await sip.leg()
    leg.leg.execute(Answer())
    answer = await call.final()
    call.remote_tag = parameter(answer.header("To"), "tag")
    assert (await call.request("BYE")).status == 200
    if acks:
        call.acknowledge(answer)
    assert await leg.fact() == LegEnded(CALLER)


async def test_a_cancel_that_crosses_the_answer(sip: Exchange, phone: Phone) -> None:
    """It comes too late (RFC 3261 section 9.2); the caller acknowledges and hangs up."""
    call = phone.call("100", invite=False)
    call.acks = False
    call.invite()
    leg = await sip.leg()
    leg.leg.execute(Answer())
    answer = await call.final()
    assert (await call.cancel()).status == 200
    call.acknowledge(answer)
    assert await leg.fact() == Answered()
    await call.hang_up()
    assert await leg.fact() == LegEnded(CALLER)


async def test_both_hang_up_at_once(sip: Exchange, phone: Phone) -> None:
    """A BYE that crosses ours is answered, and the end is ours still: it is named once."""
    call, leg = await sip.answered(phone)
    del phone.answers["BYE"]
    leg.leg.execute(HangUp(OURS))
    await call.hears(lambda: any(message.method == "BYE" for message in call.messages), "our BYE")
    assert (await call.request("BYE")).status in {200, 481}
    assert await leg.fact() == LegEnded(OURS)
    phone.answers["BYE"] = 200


async def test_orders_to_a_caller_who_has_gone_are_harmless(sip: Exchange, phone: Phone) -> None:
    """They may be on their way while the end is on its own."""
    call, leg = await ringing(sip, phone)
    await call.cancel()
    await leg.ended()
    for order in (Answer(), HangUp(OURS)):
        leg.leg.state = LegState.ANSWERED  # as if the leg had not heard of it yet
        leg.leg.execute(order)
    leg.leg.execute(Ring())
    leg.leg.execute(SendDigits("1"))
    leg.leg.execute(Redirect("sip:a@b"))
    assert (await phone.ask("OPTIONS")).status == 200
    assert (await call.final()).status == 487


async def test_a_redirection_names_one_place(sip: Exchange, phone: Phone) -> None:
    """302 with a Contact that holds what it was given and nothing else."""
    call, leg = await ringing(sip, phone)
    leg.leg.execute(Redirect("sip:desk@10.0.0.7\r\nX-Evil: 1"))
    told = await refused(call)
    assert told.status == 302
    assert "sip:desk@10.0.0.7" in told.response.header("Contact")
    assert told.response.header("X-Evil") == ""
    assert await leg.fact() == LegEnded(REDIRECTED)


async def test_a_caller_with_nothing_in_common(sip: Exchange, phone: Phone) -> None:
    """488, and nobody is bothered with the call."""
    assert (await refused(phone.call("100", formats=(18, 101)))).status == 488
    assert sip.quiet


async def test_a_caller_who_wants_audio_where_none_goes(sip: Exchange, phone: Phone) -> None:
    """488, and nobody is bothered with the call; in a call, it goes on as it was."""
    for host in ("224.0.0.1", "255.255.255.255", "0.0.0.1", "127.1"):
        assert (await refused(phone.call("100", sdp=Sdp(host, 41_000)))).status == 488
    assert sip.quiet
    call, leg = await sip.answered(phone)
    home = call.media.local[0]
    for host in ("224.0.0.1", "127.1"):
        with pytest.raises(Rejected) as told:
            await call.reinvite(host=host)
        assert told.value.status == 488
    leg.leg.port.play(1, tone.sine(440, 300, rate=24_000).tobytes())
    await call.hears_sound()
    assert (leg.silent, call.media.local[0]) == (True, home)


# --- in the call -----------------------------------------------------------------------------------------


async def test_the_caller_hangs_up(sip: Exchange, phone: Phone) -> None:
    """The BYE is answered, and told once."""
    call, leg = await sip.answered(phone)
    assert (await call.hang_up()).status == 200
    assert await leg.fact() == LegEnded(CALLER)
    assert leg.silent


async def test_we_hang_up(sip: Exchange, phone: Phone) -> None:
    """Twice in a row is once."""
    call, leg = await sip.answered(phone)
    leg.leg.execute(HangUp(OURS))
    leg.leg.execute(HangUp(Ending(Result.FAILED, Reason.INTERNAL_ERROR, 500)))
    assert (await call.ended()).method == "BYE"
    assert await leg.fact() == LegEnded(OURS)
    assert len([message for message in call.messages if message.method == "BYE"]) == 1


async def test_keys_in_the_sound(sip: Exchange, phone: Phone) -> None:
    """RFC 4733: each once, however long it was held, and not as sound."""
    call, leg = await sip.answered(phone)
    await call.said(call.media.press("1*#"))
    assert [await leg.fact() for _ in range(3)] == [Digit("1"), Digit("*"), Digit("#")]
    assert tone.sound_ms(np.frombuffer(leg.heard, "<i2"), rate=24_000) == 0


async def test_keys_in_info(sip: Exchange, phone: Phone) -> None:
    """What older phones do."""
    call, leg = await sip.answered(phone)
    relay = [("Content-Type", "application/dtmf-relay")]
    assert (await call.request("INFO", headers=relay, body=b"Signal=5\r\nDuration=160\r\n")).status == 200
    assert await leg.fact() == Digit("5")


async def test_we_press_keys(sip: Exchange, phone: Phone) -> None:
    """RFC 4733 events, one after another."""
    call, leg = await sip.answered(phone)
    leg.leg.execute(SendDigits("12#"))
    await call.hears(lambda: [digit.digit for digit in call.media.digits()] == ["1", "2", "#"], "our keys")


async def test_a_refer_is_not_obeyed(sip: Exchange, phone: Phone) -> None:
    """It would let any caller place calls at our cost: 603, and the call goes on."""
    call, leg = await sip.answered(phone)
    told = await call.request("REFER", headers=[("Refer-To", f"<sip:1@127.0.0.1:{phone.local[1]}>")])
    assert told.status == 603
    assert leg.silent
    assert len(sip.agent.legs) == 1


async def test_a_call_cannot_be_taken_over(sip: Exchange, phone: Phone) -> None:
    """A stranger who knows its tags is refused (RFC 3891)."""
    call, leg = await sip.answered(phone)
    tags = f"{call.call_id};to-tag={call.remote_tag};from-tag={call.tag}"
    stolen = phone.call("100", headers=[("Replaces", tags), ("Require", "replaces")])
    assert (await refused(stolen)).status in {403, 420}
    assert leg.silent
    assert not call.over


@pytest.mark.parametrize("late", [False, True])
async def test_progress_is_repeated_until_it_is_acknowledged(
    sip: Exchange, phone: Phone, *, late: bool
) -> None:
    """Where the caller requires that (RFC 3262), who hears it then; to no offer it brings our own."""
    call = phone.call("100", headers=[("Require", "100rel")], **({"sdp": None} if late else {}))
    leg = await sip.leg()
    leg.leg.execute(Ring(early=True))
    progress = await call.progress(183)
    assert "100rel" in progress.header("Require")
    assert read_sdp(progress.body).port

    def sent() -> list[Message]:
        return [one for one in call.messages if one.status == 183]

    await call.hears(lambda: len(sent()) >= 2, "it again")
    call.remote_tag = parameter(progress.header("To"), "tag")
    rack = f"{progress.header('RSeq')} {progress.header('CSeq')}"
    answer = Sdp(*call.media.local, formats=(PCMU, 101))
    call.local_sdp = answer if late else call.local_sdp
    told = await call.request("PRACK", headers=[("RAck", rack)], body=answer.write() if late else b"")
    assert told.status == 200
    before = len(sent())
    call.hear_early(progress)
    leg.leg.execute(PlayMusic(tone.sine(440, 400, rate=24_000).tobytes()))
    await call.hears_sound()
    leg.leg.execute(Answer())
    await call.answered()
    assert len(sent()) == before


async def test_hold_and_another_port(sip: Exchange, phone: Phone) -> None:
    """Hold and its end are told, another port is not: the call goes on, and its sound follows."""
    call, leg = await sip.answered(phone)
    await call.reinvite(direction="sendonly")
    assert call.remote_sdp
    assert call.remote_sdp.direction == "recvonly"
    await call.reinvite(new_port=True, direction="sendrecv", formats=(PCMA, 101))
    leg.leg.port.play(1, tone.sine(440, 300, rate=24_000).tobytes())
    await call.hears_sound()
    before = len(leg.heard)
    await call.said(call.media.say(tone.sine(600, 200)))
    await call.hears(lambda: max(np.frombuffer(leg.heard[before:], "<i2"), default=0) > 1000, "the caller")
    assert [await leg.fact(), await leg.fact()] == [Held(), Resumed()]
    assert leg.silent


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
async def test_what_is_said_on_hold_is_heard_afterwards(sip: Exchange, phone: Phone, direction: str) -> None:
    """Nobody hears it (RFC 3264 8.4), so it waits."""
    call, leg = await sip.answered(phone)
    await call.reinvite(direction=direction)
    leg.leg.port.play(1, tone.sine(440, 400, rate=24_000).tobytes())
    await call.listens(300)
    await call.reinvite(direction="sendrecv", formats=(PCMA, 101))
    await call.hears_sound()
    await call.hears_silence()
    assert abs(tone.sound_ms(call.media.heard()) - 400) <= 40


async def test_new_offers_are_logged(sip: Exchange, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the call's id, with the answer; so many of one call, and no more."""
    monkeypatch.setattr(dialog, "MOST_OFFERS", 2)
    with capture_logs() as logs:
        call, leg = await sip.answered(phone)
        await call.reinvite(direction="sendonly")
        with pytest.raises(Rejected):
            await call.reinvite(formats=(18, 101))
        await call.reinvite(direction="sendrecv", formats=(PCMA, 101))
    told = [(line["call"], line["status"]) for line in logs if line["event"] == "call.reinvited"]
    assert told == [(leg.leg.info.id, 200), (leg.leg.info.id, 488)]


async def test_an_offer_that_cannot_be_taken_ends_nothing(sip: Exchange, phone: Phone) -> None:
    """It is refused with 488, and everything stays as it was (RFC 3261 14.2)."""
    call, leg = await sip.answered(phone)
    with pytest.raises(Rejected) as told:
        await call.reinvite(formats=(18, 101))
    assert told.value.status == 488
    offer = Sdp(*call.media.local, formats=(18,)).write()
    assert (await call.request("UPDATE", body=offer)).status == 488
    assert (await call.request("UPDATE", body=b"v=0")).status >= 400
    assert leg.silent
    leg.leg.port.play(1, tone.sine(440, 300, rate=24_000).tobytes())
    await call.hears_sound()
