"""Two wire phones call each other: polite and rude, before the gateway is blamed for anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.equipment import patience, tone
from tests.equipment.streams import listening
from tests.equipment.wire_call import Rejected
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import PCMA, Message

NOWHERE = ("127.0.0.1", 9)


@pytest.fixture
async def callee(pump: Pump) -> AsyncIterator[Phone]:
    async with Phone(NOWHERE, pump, user="callee") as phone:
        yield phone


@pytest.fixture
async def caller(pump: Pump, callee: Phone) -> AsyncIterator[Phone]:
    async with Phone(callee.local, pump, user="caller") as phone:
        yield phone


async def test_a_call_from_ring_to_hang_up(caller: Phone, callee: Phone) -> None:
    """180, 200, ACK, sound both ways, BYE: each side hears the other, and both know it is over."""
    ours = caller.call("200")
    theirs = await callee.incoming()
    theirs.ring()
    await ours.progress(180)
    await theirs.accept()
    await ours.answered()
    ours.media.say(tone.sine(440, 300))
    theirs.media.say(tone.sine(900, 300))
    await theirs.hears_sound()
    await ours.hears_sound()
    await ours.hears_silence(100)
    assert tone.tones(ours.media.heard())[0].frequency == pytest.approx(900, abs=3)
    assert tone.tones(theirs.media.heard())[0].frequency == pytest.approx(440, abs=3)
    assert (await ours.hang_up()).status == 200
    assert (await theirs.ended()).method == "BYE"
    assert ours.times["INVITE"] <= ours.times[180] <= ours.times[200] <= ours.times["ACK"]
    assert caller.retransmissions == callee.retransmissions == 0


async def test_an_ear_that_is_late_does_not_hear_silence(caller: Phone, callee: Phone, pump: Pump) -> None:
    """What waits in the socket while a busy machine keeps the phone from it was heard in time."""
    ours = caller.call("200")
    theirs = await callee.incoming()
    await theirs.accept()
    await ours.answered()
    theirs.media.say(tone.sine(440, 1000))
    await ours.hears_sound()
    pump.stop(theirs.media)
    other = Pump()
    with other:
        other.start(theirs.media)
        with pump._lock:
            await asyncio.sleep(0.5)
        await ours.hears_silence(100)
    assert tone.sound_ms(ours.media.heard()) == pytest.approx(1000, abs=20)


async def test_the_callee_hangs_up(caller: Phone, callee: Phone) -> None:
    """A BYE from the far end is answered and ends the call."""
    ours = caller.call()
    theirs = await callee.incoming()
    await theirs.accept()
    await ours.answered()
    assert (await theirs.hang_up()).status == 200
    await ours.ended()
    assert ours.over


async def test_a_late_offer_is_answered_in_the_ack(caller: Phone, callee: Phone) -> None:
    """An INVITE without a description gets an offer in the 200 and answers that in the ACK."""
    ours = caller.call(sdp=None)
    theirs = await callee.incoming()
    await theirs.accept()
    await ours.answered()
    ours.media.say(tone.sine(440, 200))
    await theirs.hears_sound()
    await ours.hears(lambda: ours.media.packets, "their packets")


async def test_a_law_alone_is_taken(caller: Phone, callee: Phone) -> None:
    """With only PCMA offered both sides speak A-law."""
    ours = caller.call(formats=(PCMA,), names={})
    theirs = await callee.incoming()
    await theirs.accept()
    await ours.answered()
    theirs.media.say(tone.sine(440, 200))
    await ours.hears_sound()
    assert {packet.payload_type for packet in ours.media.packets} == {PCMA}


async def test_a_refusal_is_acknowledged(caller: Phone, callee: Phone) -> None:
    """A failure status comes out as `Rejected`, and the far end gets its ACK."""
    ours = caller.call()
    theirs = await callee.incoming()
    theirs.reject(486)
    with pytest.raises(Rejected) as refused:
        await ours.answered()
    assert refused.value.status == 486
    async with patience.within(5):
        await theirs._acknowledged.wait()


async def test_a_cancelled_call_ends_with_487(caller: Phone, callee: Phone) -> None:
    """CANCEL is answered 200 and the INVITE 487 (RFC 3261 9.2)."""
    ours = caller.call()
    theirs = await callee.incoming()
    theirs.ring()
    await ours.progress(180)
    assert (await ours.cancel()).status == 200
    assert (await ours.final()).status == 487
    assert (await theirs.ended()).method == "CANCEL"


async def test_a_reinvite_moves_the_media(caller: Phone, callee: Phone) -> None:
    """After a re-INVITE with another port, sound arrives there."""
    ours = caller.call()
    theirs = await callee.incoming()
    await theirs.accept()
    await ours.answered()
    old = ours.media.local
    await ours.reinvite(new_port=True)
    assert ours.media.local != old
    theirs.media.say(tone.sine(440, 200))
    await ours.hears_sound()


async def test_hold_stops_one_direction(caller: Phone, callee: Phone) -> None:
    """A held far end sends nothing until it is taken back (RFC 3264 8.4)."""
    ours = caller.call()
    theirs = await callee.incoming()
    await theirs.accept()
    await ours.answered()
    await ours.reinvite(direction="sendonly")
    await ours.listens(60)
    before = len(ours.media.packets)
    await ours.listens(100)
    assert len(ours.media.packets) == before
    await ours.reinvite(direction="sendrecv")
    await ours.hears(lambda: len(ours.media.packets) > before, "sound after the hold")


async def test_requests_outside_a_call(caller: Phone, callee: Phone) -> None:
    """OPTIONS is answered; what the far end will not answer can be waited for in vain."""
    assert (await caller.ask("OPTIONS")).status == 200
    callee.answers["REGISTER"] = 405
    assert (await caller.ask("REGISTER")).status == 405
    assert [m.method for m in callee.received] == ["OPTIONS", "REGISTER"]


async def test_raw_bytes_go_out_as_they_are(caller: Phone, callee: Phone) -> None:
    """A hand-made request reaches the far end, and its answer comes back as a stray."""
    request = caller.request("OPTIONS", headers=[("X-Odd", "\t ;;")])
    caller.send(request)
    assert (await caller.stray()).status == 200
    assert callee.received[0].header("X-Odd") == ";;"


async def test_an_unanswered_request_is_sent_again(caller: Phone, callee: Phone) -> None:
    """A far end that does not hear gets the INVITE again after T1 (RFC 3261 17.1.1.2)."""
    callee.deaf = True
    ours = caller.call()
    async with patience.within(5):
        await caller.pump.until(lambda: caller.retransmissions >= 1)
    callee.deaf = False
    theirs = await callee.incoming()
    await theirs.accept()
    await ours.answered()
    assert isinstance(callee.received[0], Message)


async def test_tcp_carries_several_messages_in_one_read(pump: Pump) -> None:
    """On TCP messages are cut by Content-Length; a call goes through over one connection."""
    answered: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = await reader.readuntil(b"\r\n\r\n")
        answered.append(data)
        lines = [line for line in data.decode().split("\r\n") if line.split(":")[0] in {"Via", "CSeq"}]
        head = "\r\n".join(lines)
        trying = f"SIP/2.0 100 Trying\r\n{head}\r\nContent-Length: 0\r\n\r\n"
        writer.write((trying + trying.replace("100 Trying", "200 OK")).encode())
        await writer.drain()

    async with listening(serve) as port, Phone(("127.0.0.1", port), pump, transport="tcp") as phone:
        assert (await phone.ask("OPTIONS")).status == 200
    assert b"SIP/2.0/TCP" in answered[0]
