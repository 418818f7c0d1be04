"""The SIP agent: where it listens, how calls come in and go out, and how it leaves."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
import statistics
import time

import numpy as np
import pytest
from structlog.testing import capture_logs

from gateway.call import (
    Answer,
    Answered,
    Ending,
    HangUp,
    Held,
    LegEnded,
    Reason,
    Result,
    Resumed,
    Ring,
    Ringing,
)
from gateway.media.plane import native_available
from gateway.sip import codecs, dialog, unheard
from tests.equipment import patience, ports, tone
from tests.equipment.wire_call import Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import PCMA, PCMU, Message, Sdp, address, uri
from tests.sip.conftest import Exchange, Listening, exchange

OURS = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)


def ring(sip: Exchange, phone: Phone) -> Listening:
    """Call a phone."""
    return Listening(sip.agent.dial(f"sip:{phone.user}@{phone.local[0]}:{phone.local[1]}"))


# --- listening -------------------------------------------------------------------------------------------


async def test_whatever_goes_wrong_at_the_start_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error reaches whoever starts, and the endpoint, of which a process has only one, is let go."""

    def breaks(_codec: str, _codecs: tuple[str, ...]) -> int:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(codecs, "priority", breaks)
        with pytest.raises(ZeroDivisionError) as raised:
            await Exchange().agent.start()
    async with exchange():
        assert raised.value is not None


async def test_stopping_twice_is_harmless() -> None:
    """Once is enough."""
    async with exchange() as sip:
        await sip.agent.stop()
        await sip.agent.stop()


@pytest.mark.native
async def test_a_balancer_is_told_when_to_come_back(sip: Exchange, phone: Phone) -> None:
    """And when we are back."""
    if importlib.util.find_spec("gateway.sip._guard") is None:
        pytest.skip("needs the guard: `make native`")
    sip.agent.set_unavailable(7)
    async with patience.within(5):
        while (answer := await phone.ask("OPTIONS")).status == 200:
            pass
    assert (answer.status, answer.header("Retry-After")) == (503, "7")
    sip.agent.set_unavailable(0)
    async with patience.within(5):
        while (await phone.ask("OPTIONS")).status == 503:
            pass


@pytest.mark.native
async def test_a_balancer_learns_that_the_loop_is_late(sip: Exchange, pump: Pump) -> None:
    """While the event loop is held up OPTIONS is 503, and afterwards 200 again."""
    if importlib.util.find_spec("gateway.sip._guard") is None:
        pytest.skip("needs the guard: `make native`")
    async with Phone(sip.address, pump) as phone:
        request = bytes(phone.request("OPTIONS"))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(patience.seconds(2))
            time.sleep(1.5)  # noqa: ASYNC251, TID251 - the event loop is held up on purpose
            asker.sendto(request, sip.address)
            assert asker.recv(4096).startswith(b"SIP/2.0 503")
        async with patience.within(5):
            while (await phone.ask("OPTIONS")).status == 503:
                pass


# --- calls that come in ----------------------------------------------------------------------------------


async def test_caller_audio_may_travel_in_larger_pieces(pump: Pump) -> None:
    """Of 40 ms at 24 kHz each, but for what a report of the port took along."""
    async with exchange(audio_ticks=2) as sip, Phone(sip.address, pump) as phone:
        call, listening = await sip.answered(phone)
        pieces: list[int] = []
        listening.leg.listen(lambda _fact: None, lambda pcm: pieces.append(len(pcm)))
        call.media.say(tone.sine(440, 600))
        await call.hears(lambda: len(pieces) >= 20, "the caller")
        assert statistics.mode(pieces) == 2 * 24 * 40


async def test_each_call_has_its_own_leg(sip: Exchange, phone: Phone) -> None:
    """Two at once are told apart, and each is known until it is over."""
    first, one = await sip.answered(phone)
    second, two = await sip.answered(phone)
    assert one.leg.info.id != two.leg.info.id
    assert sip.agent.legs == {one.leg, two.leg}
    await first.hang_up()
    await one.ended()
    assert sip.agent.legs == {two.leg}
    assert two.silent
    await second.hang_up()
    await two.ended()
    assert sip.agent.legs == frozenset()


async def test_sound_goes_both_ways(sip: Exchange, phone: Phone) -> None:
    """What the caller says arrives at the models' rate, and the port is pumped by itself."""
    call, leg = await sip.answered(phone)
    await call.said(call.media.say(tone.sine(600, 300)))
    await call.hears(lambda: len(leg.heard) > 2 * 24_000 * 0.4, "the caller's sound")
    leg.leg.port.play(1, tone.sine(440, 300, rate=24_000).tobytes())
    await call.hears_sound()


@pytest.mark.parametrize(
    ("mode", "formats"),
    [pytest.param(True, [PCMU, PCMA, 9, 96], marks=pytest.mark.native), (False, [PCMU, PCMA])],
)
async def test_a_late_offer_shows_all_that_we_can(pump: Pump, mode: bool, formats: list[int]) -> None:
    """In our order: G.711, and in native mode G.722 and Opus; and keys."""
    async with exchange(native=mode) as sip, Phone(sip.address, pump) as phone:
        await _shows(sip, phone, formats)


async def _shows(sip: Exchange, phone: Phone, formats: list[int]) -> None:
    call = phone.call("100", sdp=None)
    (await sip.leg()).leg.execute(Answer())
    await call.answered()
    assert call.remote_sdp
    names = call.remote_sdp.names
    keys = [number for number in call.remote_sdp.formats if "telephone-event" in names.get(number, "")]
    assert keys
    assert [number for number in call.remote_sdp.formats if number not in keys] == formats


async def test_rtp_comes_from_the_range_that_was_given(pump: Pump) -> None:
    """Even ports, for the firewall's sake."""
    low, high = ports.free_range(10)
    async with exchange(rtp_low=low, rtp_high=high) as sip, Phone(sip.address, pump) as phone:
        call, _ = await sip.answered(phone)
        assert call.remote_sdp
        assert call.remote_sdp.port % 2 == 0
        assert low <= call.remote_sdp.port < high


async def test_a_public_address_is_what_callers_see(pump: Pump) -> None:
    """In Contact and in SDP, when a router hides ours."""
    async with exchange(public_address="198.51.100.7") as sip, Phone(sip.address, pump) as phone:
        call = phone.call("100")
        call.acks = False  # the ACK would leave for that address
        (await sip.leg()).leg.execute(Answer())
        answer = await call.final()
        assert address(uri(answer.header("Contact")))[0] == "198.51.100.7"
        assert b"c=IN IP4 198.51.100.7" in answer.body


# --- calls that go out -----------------------------------------------------------------------------------


async def test_somebody_is_called(sip: Exchange, phone: Phone) -> None:
    """They answer, both are heard, they hang up."""
    leg = ring(sip, phone)
    call = await phone.incoming()
    call.ring()
    assert await leg.fact() == Ringing()
    await call.accept()
    assert await leg.fact() == Answered()
    await call.said(call.media.say(tone.sine(600, 200)))
    await call.hears(lambda: max(np.frombuffer(leg.heard, "<i2"), default=0) > 1000, "the other side")
    await call.hang_up()
    assert await leg.fact() == LegEnded(Ending(Result.COMPLETED, Reason.CALLEE_HUNG_UP))
    assert sip.agent.legs == frozenset()


async def test_we_hang_up_on_somebody(sip: Exchange, phone: Phone) -> None:
    """With a BYE."""
    leg = ring(sip, phone)
    call = await phone.incoming()
    await call.accept()
    await leg.fact()
    leg.leg.execute(HangUp(OURS))
    assert (await call.ended()).method == "BYE"
    assert await leg.fact() == LegEnded(OURS)


async def test_somebody_refuses(sip: Exchange, phone: Phone) -> None:
    """Their status is told."""
    leg = ring(sip, phone)
    (await phone.incoming()).reject(486)
    assert await leg.fact() == LegEnded(Ending(Result.REJECTED, Reason.BUSY, 486))


@pytest.mark.parametrize("contact", ["<sip:desk@127.0.0.9>", "<tel:+15551230001>", ""])
@pytest.mark.parametrize("status", [300, 302, 305])
async def test_somebody_sends_us_elsewhere(sip: Exchange, phone: Phone, status: int, contact: str) -> None:
    """Nobody else is called, and their status is told: it was not we who gave the call up."""
    leg = ring(sip, phone)
    call = await phone.incoming()
    copied = ("Via", "From", "Call-ID", "CSeq")
    kept = [(name, value) for name, value in call.messages[0].headers if name in copied]
    kept += [("To", f"{call.messages[0].header('To')};tag=x"), *([("Contact", contact)] if contact else [])]
    phone.send(Message(f"SIP/2.0 {status} Elsewhere", kept))
    assert await leg.fact() == LegEnded(Ending(Result.REJECTED, Reason.REDIRECTED, status))


async def test_somebody_says_we_had_cancelled(sip: Exchange, phone: Phone) -> None:
    """A 487 to an INVITE that nobody cancelled is a refusal like any other."""
    leg = ring(sip, phone)
    (await phone.incoming()).reject(487)
    assert await leg.fact() == LegEnded(Ending(Result.FAILED, Reason.NO_ANSWER, 487))


async def test_we_change_our_mind(sip: Exchange, phone: Phone) -> None:
    """Hanging up while it rings is a CANCEL."""
    leg = ring(sip, phone)
    call = await phone.incoming()
    call.ring()
    assert await leg.fact() == Ringing()
    leg.leg.execute(HangUp(OURS))
    assert (await call.ended()).method == "CANCEL"
    assert await leg.fact() == LegEnded(OURS)


async def test_an_address_that_is_none(sip: Exchange) -> None:
    """It ends like a call that failed, not as an error of ours."""
    leg = Listening(sip.agent.dial("nonsense"))
    assert await leg.fact() == LegEnded(Ending(Result.FAILED, Reason.SIGNALLING_FAILED, 500))
    assert sip.agent.legs == frozenset()


# --- leaving ---------------------------------------------------------------------------------------------


async def test_leaving_says_goodbye_to_everybody(pump: Pump) -> None:
    """BYE to those who talk; those who still ring may be taken elsewhere by their proxy."""
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        talking, leg = await sip.answered(phone)
        ringing = phone.call("100")
        (await sip.leg()).leg.execute(Ring())
        await ringing.progress(180)
        async with patience.within(5):
            await sip.agent.stop()
        assert (await talking.ended()).method == "BYE"
        with pytest.raises(Rejected) as refused:
            await ringing.answered()
        assert refused.value.status == 503
        assert await leg.fact() == LegEnded(Ending(Result.COMPLETED, Reason.SHUTDOWN))


async def test_a_call_that_comes_while_we_leave(pump: Pump) -> None:
    """Gets 503, so that its proxy takes it elsewhere; its leg is nobody's."""
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        talking, _ = await sip.answered(phone)
        unanswered = phone.answers.pop("BYE")  # we wait for its answer
        async with asyncio.TaskGroup() as tasks:
            leaving = tasks.create_task(sip.agent.stop())
            await asyncio.sleep(0.1)
            with pytest.raises(Rejected) as refused:
                await phone.call("100").answered()
            phone.answers["BYE"] = unanswered
            await leaving
        assert (refused.value.status, talking.over) == (503, True)


async def test_leaving_while_somebody_answers(pump: Pump) -> None:
    """Their 200 crosses our CANCEL: it is acknowledged and ended (RFC 3261 9.1), not left without a word."""
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        ring(sip, phone)
        call = await phone.incoming()
        call.ring()
        taken = call.asked

        def asked(request: Message) -> None:
            if request.method == "CANCEL":
                phone.reply(request, 200, tag=call.tag)
                call._accept(call.messages[0])
            else:
                taken(request)

        call.asked = asked  # type: ignore[method-assign]
        await sip.agent.stop()
        assert (await call.ended()).method == "BYE"


async def test_a_lost_goodbye_is_said_again(pump: Pump) -> None:
    """A BYE is repeated after half a second (RFC 3261 T1), also when it was our last act."""
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        call, leg = await sip.answered(phone)
        del phone.answers["BYE"]
        leg.leg.execute(HangUp(OURS))
        await leg.ended()
        await sip.agent.stop()
        await call.hears(
            lambda: len([message for message in call.messages if message.method == "BYE"]) == 2,
            "a second BYE",
        )


async def test_a_phone_that_does_not_answer_holds_nobody_up(pump: Pump) -> None:
    """Its answer to the BYE is waited for, but not for long."""
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        await sip.answered(phone)
        phone.deaf = True
        async with patience.within(3):
            await sip.agent.stop()


# --- a caller who is gone --------------------------------------------------------------------------------


@pytest.mark.usefixtures("impatient")
async def test_a_call_without_media_is_ended(pump: Pump) -> None:
    """No RTP for a while: the phone has no power any more."""
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        call, leg = await sip.answered(phone)
        await call.hears(lambda: call.media.sent > 5, "RTP to flow")
        assert leg.silent
        pump.stop(call.media)
        assert await leg.fact() == LegEnded(Ending(Result.FAILED, Reason.NO_MEDIA))
        assert (await call.ended()).method == "BYE"


@pytest.mark.usefixtures("impatient")
async def test_a_call_that_never_got_any_media_is_ended(pump: Pump) -> None:
    """An INVITE without an offer, and an ACK without an answer to ours (RFC 3261 13.2.2.4)."""
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        call = phone.call("100", invite=False)
        call.acks = False
        call.invite(sdp=None)
        leg = await sip.leg()
        leg.leg.execute(Answer())
        call.acknowledge(await call.final())
        assert await leg.ended() == LegEnded(Ending(Result.FAILED, Reason.NO_MEDIA))


@pytest.mark.usefixtures("impatient")
async def test_a_call_without_an_ack_is_ended(pump: Pump, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a BYE at once, though RFC 3261 section 15 has it wait for an ACK: there will be none."""
    monkeypatch.setattr(dialog, "ACK_S", 0.3)
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        call = phone.call("100", invite=False)
        call.acks = False
        call.invite()
        leg = await sip.leg()
        leg.leg.execute(Answer())
        await call.final()
        assert await leg.fact() == LegEnded(Ending(Result.FAILED, Reason.SIGNALLING_FAILED, 408))
        assert (await call.ended()).method == "BYE"


@pytest.mark.native
@pytest.mark.usefixtures("impatient")
async def test_why_a_caller_is_not_heard_is_said(pump: Pump) -> None:
    """While there is time to mend it, and where the call ends for it: both addresses, and the cure."""
    if not native_available():
        pytest.skip("strangers are not seen in portable mode: `make native`")
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        with capture_logs() as logs:
            call, leg = await sip.answered(phone, sdp=Sdp("127.0.0.9", 40_000))
            assert await leg.ended() == LegEnded(Ending(Result.FAILED, Reason.NO_MEDIA))
        told = [line for line in logs if line.get("call") == leg.leg.info.id]
        assert [line["event"] for line in told] == [
            "audio.dropped",
            "audio.missing",
        ]
        host, port = call.media.local
        for line in told:
            assert (line["log_level"], line["cure"]) == ("warning", unheard.LEARN)
            assert (line["announced"], line["seen"]) == ("127.0.0.9:40000", f"{host}:{port}")


@pytest.mark.usefixtures("impatient")
async def test_a_call_on_hold_is_left_alone(pump: Pump) -> None:
    """Even without music; taken back, it is watched again."""
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        call, leg = await sip.answered(phone)
        await call.hears(lambda: call.media.sent > 5, "RTP to flow")
        await call.reinvite(direction="sendonly")
        assert await leg.fact() == Held()
        pump.stop(call.media)
        await call.listens(800)
        assert leg.silent
        await call.reinvite(direction="sendrecv")
        assert await leg.fact() == Resumed()
        await call.listens(600)
        assert leg.silent
        pump.stop(call.media)
        assert await leg.fact() == LegEnded(Ending(Result.FAILED, Reason.NO_MEDIA))


async def test_portable_mode_takes_no_host_names(pump: Pump) -> None:
    """Its PJSIP would wait for the name server: who names one is refused before, and nobody rings."""
    async with exchange(native=False) as sip, Phone(sip.address, pump) as phone:
        named = Sdp("media.example", 4000)
        for offer in ({"sdp": named}, {"headers": [("Record-Route", "<sip:proxy.example;lr>")]}):
            assert (await phone.call("100", **offer).final()).status == 488
        assert sip.quiet
        call, leg = await sip.answered(phone)
        assert (await call.request("UPDATE", body=named.write())).status == 488
        assert leg.silent
        await call.hang_up()
