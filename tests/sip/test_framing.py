"""A message is taken as a whole or not at all, whatever its length is and is said to be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from gateway.call import Answer, Ending, HangUp, LegEnded, Reason, Result
from tests.equipment import patience, ports
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Message, Sdp
from tests.sip.conftest import Exchange, Listening, needs_guard

pytestmark = needs_guard

SDP = Sdp("127.0.0.1", 40000).write()
GIVEN_UP = Ending(Result.CANCELLED, Reason.CALLER_CANCELLED, 487)
LONGEST = 16000
"""Bytes of a request that is taken."""
BOTH = pytest.mark.parametrize("transport", ["udp", "tcp"])


@pytest.fixture
async def phone(sip: Exchange, pump: Pump, request: pytest.FixtureRequest) -> AsyncIterator[Phone]:
    """A phone over the transport of the test."""
    transport = getattr(request.node, "callspec", None)
    named = transport.params.get("transport", "udp") if transport else "udp"
    async with Phone(sip.address, pump, transport=named) as ready:
        yield ready


def invite(phone: Phone, body: bytes = SDP) -> Message:
    return phone.request("INVITE", headers=[("Content-Type", "application/sdp")], body=body)


async def status(phone: Phone, data: bytes | Message) -> int:
    """Send it, and return how it is answered at last."""
    phone.send(data)
    while (answer := await phone.stray(10)).status < 200:
        pass
    return answer.status


async def serves(phone: Phone) -> bool:
    """Return whether the same phone is answered as if nothing had been."""
    return (await phone.ask("OPTIONS")).status == 200


async def is_closed(phone: Phone) -> bool:
    """Return whether the far end closes the phone's connection."""
    (connection,) = phone.wire._out.values()
    async with patience.within(10):
        await phone.pump.until(connection.is_closing, "the end of a connection")
    return True


# --- longer than anybody can mean ---------------------------------------------------------------------------

PADDED: dict[str, Callable[[Message, int], Message]] = {
    "first header": lambda one, size: replace(one, headers=[("X-Pad", "x" * size), *one.headers]),
    "last header": lambda one, size: replace(one, headers=[*one.headers, ("X-Pad", "x" * size)]),
    "headers": lambda one, size: replace(one, headers=[*one.headers, *[("X-Pad", "x" * 93)] * (size // 102)]),
    "body": lambda one, size: replace(one, body=SDP + b"a=x-pad:" + b"y" * size + b"\r\n"),
    "newlines": lambda one, size: replace(one, body=SDP + b"\r\n" * (size // 2)),
}


@BOTH
@pytest.mark.parametrize("where", PADDED)
@pytest.mark.parametrize("size", [LONGEST, 58000])
async def test_a_request_that_is_too_long_is_refused(
    sip: Exchange, phone: Phone, where: str, size: int, transport: str
) -> None:
    """With 513: it is no call without its offer, and none that gets no answer."""
    assert await status(phone, PADDED[where](invite(phone), size)) == 513
    assert sip.quiet
    if transport == "udp" or where in {"body", "newlines"}:
        assert await serves(phone)


async def test_more_than_any_buffer_holds_is_read_and_thrown_away(sip: Exchange, pump: Pump) -> None:
    """Over TCP a message has no bound; what comes behind it is heard."""
    async with Phone(sip.address, pump, transport="tcp") as phone:
        assert await status(phone, PADDED["newlines"](invite(phone), 3_000_000)) == 513
        assert await serves(phone)


async def test_a_head_without_an_end_closes_its_connection(sip: Exchange, pump: Pump) -> None:
    """Nobody can tell where the next message would begin; he is told why, and others are served."""
    async with Phone(sip.address, pump, transport="tcp") as phone:
        assert await status(phone, PADDED["last header"](invite(phone), 300_000)) == 513
        assert await is_closed(phone)
    async with Phone(sip.address, pump, transport="tcp") as phone:
        assert await serves(phone)


@BOTH
@pytest.mark.parametrize("where", PADDED)
async def test_a_long_request_is_a_call(sip: Exchange, phone: Phone, where: str, transport: str) -> None:
    """Identity, Diversion and parts for a recorder: read to the end, with its offer."""
    padded = PADDED[where](invite(phone), 9000 if transport == "udp" else LONGEST - 1000)
    phone.send(padded)
    leg = await sip.leg()
    assert leg.leg.info.sip_call_id == padded.header("Call-ID")
    leg.leg.execute(Answer())
    while (answer := await phone.stray(10)).status < 200:
        pass
    assert answer.status == 200
    assert b"m=audio" in answer.body
    assert answer.header("Content-Type") == "application/sdp"


@BOTH
async def test_a_long_way_is_sent_back_whole(sip: Exchange, phone: Phone, transport: str) -> None:
    """An answer repeats every Via and Record-Route (RFC 3261 8.2.6.2, 12.1.1), however many there are."""
    del transport
    request = invite(phone)
    hops = [("Record-Route", f"<sip:proxy-{number}.invalid;lr;ftag={'f' * 80}>") for number in range(60)]
    hops += [("Via", f"SIP/2.0/UDP proxy-{number}.invalid;branch=z9hG4bK{'b' * 60}") for number in range(60)]
    phone.send(replace(request, headers=[*request.headers, *hops]))
    (await sip.leg()).leg.execute(Answer())
    while (answer := await phone.stray(10)).status < 200:
        pass
    assert answer.status == 200
    assert answer.all("Record-Route") == [value for name, value in hops if name == "Record-Route"]
    assert answer.all("Via")[1:] == [value for name, value in hops if name == "Via"]


async def test_a_request_comes_in_pieces(sip: Exchange, pump: Pump) -> None:
    """TCP cuts anywhere, also between CR and LF: what is not there yet is waited for."""
    async with Phone(sip.address, pump, transport="tcp") as phone:
        data = bytes(invite(phone))
        for at in range(len(data)):
            phone.send(data[at : at + 1])
            if data[at : at + 1] in b"\r\n":
                await asyncio.sleep(0.003)
        assert (await sip.leg()).leg.info.caller.user == "phone"


# --- the length that is said ------------------------------------------------------------------------------


def saying(message: Message, length: str) -> bytes:
    """Return the message with another Content-Length."""
    return bytes(message).replace(
        b"Content-Length: %d" % len(message.body), f"Content-Length: {length}".encode()
    )


async def test_a_body_that_a_datagram_cuts_off_is_refused(sip: Exchange, phone: Phone) -> None:
    """RFC 3261 section 18.3: what is missing might be the half that counts."""
    request = invite(phone)
    assert await status(phone, saying(request, str(len(SDP) + 1))) == 400
    assert sip.quiet
    assert await serves(phone)


async def test_what_comes_behind_the_body_is_not_looked_at(sip: Exchange, phone: Phone) -> None:
    """Also when it would make the offer unreadable, or another one."""
    request = invite(phone, SDP)
    phone.send(bytes(request) + b"m=video x\r\n\0\0")
    leg = await sip.leg()
    leg.leg.execute(Answer())
    while (answer := await phone.stray(10)).status < 200:
        pass
    assert answer.status == 200
    assert answer.body.count(b"m=") == 1


async def test_an_offer_that_ends_too_soon_is_no_offer(sip: Exchange, phone: Phone) -> None:
    """Its length leaves half a line of it."""
    assert await status(phone, saying(invite(phone), str(SDP.index(b"RTP/AVP")))) == 400
    assert sip.quiet


async def test_no_length_leaves_the_whole_datagram(sip: Exchange, phone: Phone) -> None:
    """Over UDP it may be left out (RFC 3261 section 20.14)."""
    phone.send(bytes(invite(phone)).replace(b"Content-Length: %d\r\n" % len(SDP), b""))
    (await sip.leg()).leg.execute(Answer())
    while (answer := await phone.stray(10)).status < 200:
        pass
    assert answer.status == 200


@pytest.mark.parametrize("length", ["", "x", "-5", "99999999999"])
async def test_a_stream_without_lengths_is_closed(sip: Exchange, pump: Pump, length: str) -> None:
    """Over TCP it is the only sign of where the next message begins (RFC 3261 section 18.3)."""
    async with Phone(sip.address, pump, transport="tcp") as phone:
        request = invite(phone)
        said = f"Content-Length: {length}\r\n".encode() if length else b""
        phone.send(bytes(request).replace(b"Content-Length: %d\r\n" % len(SDP), said))
        if not length:
            while (answer := await phone.stray(10)).status < 200:
                pass
            assert answer.status == 400
        assert await is_closed(phone)
    assert sip.quiet


# --- line ends, and headers that come twice -----------------------------------------------------------------


@pytest.mark.parametrize("end", [b"\n", b"\r"])
@pytest.mark.parametrize("everywhere", [True, False])
async def test_other_line_ends_are_read_in_a_datagram_as_pjsip_reads_them(
    sip: Exchange, phone: Phone, end: bytes, everywhere: bool
) -> None:
    """Caller and Call-ID are those of the message, or there is no call."""
    request = invite(phone)
    old = b"\r\n" if everywhere else b"\r\nCall-ID"
    phone.send(bytes(request).replace(old, old.replace(b"\r\n", end)))
    answer = await phone.stray(10)
    if answer.status == 400:
        assert sip.quiet
        return
    info = (await sip.leg()).leg.info
    assert (info.caller.user, info.sip_call_id) == ("phone", request.header("Call-ID"))


@pytest.mark.parametrize(("old", "new"), [(b"\r\n", b"\n"), (b"\r\n\r\n", b"\r\n\n"), (b"\r\n\r\n", b"\n\n")])
async def test_other_line_ends_close_a_stream(sip: Exchange, pump: Pump, old: bytes, new: bytes) -> None:
    """They are refused at once, where PJSIP would wait for the end of the head for ever."""
    async with Phone(sip.address, pump, transport="tcp") as phone:
        assert await status(phone, bytes(invite(phone)).replace(old, new)) == 400
        assert await is_closed(phone)
    assert sip.quiet


@BOTH
@pytest.mark.parametrize(
    "header", ["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type", "Content-Length"]
)
async def test_a_header_that_there_is_once_comes_twice(
    sip: Exchange, phone: Phone, header: str, transport: str
) -> None:
    """One reads the first and another the last (RFC 4475 section 3.3.8): it is not guessed which is meant."""
    del transport
    request = invite(phone)
    lengthy = replace(request, headers=[*request.headers, ("Content-Length", str(len(SDP)))])
    other = lengthy.header(header).replace("phone", "other").replace("1 INVITE", "2 INVITE")
    assert await status(phone, replace(lengthy, headers=[*lengthy.headers, (header, other)])) == 400
    assert sip.quiet


@BOTH
async def test_names_are_short_and_lines_are_folded(sip: Exchange, phone: Phone, transport: str) -> None:
    """Compact forms (RFC 3261 section 7.3.3) and folding (7.3.1) change nothing that is read."""
    del transport
    request = invite(phone)
    text = bytes(request)
    for name, short in {b"From": b"f", b"Call-ID": b"i", b"To": b"t", b"Content-Length": b"l"}.items():
        text = text.replace(b"\r\n" + name + b": ", b"\r\n" + short + b" :\r\n\t ")
    phone.send(text)
    info = (await sip.leg()).leg.info
    assert (info.caller.user, info.called.user) == ("phone", "100")
    assert info.sip_call_id == request.header("Call-ID")


# --- calls of ours ------------------------------------------------------------------------------------------


async def test_a_callee_who_cannot_be_read_is_called_anew(sip: Exchange) -> None:
    """The connection that he has spoiled is given up with its call; the next call opens one of its own."""
    invites: asyncio.Queue[int] = asyncio.Queue()
    connections: list[asyncio.StreamWriter] = []

    async def answer_badly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while await reader.readuntil(b"\r\n\r\n"):
            invites.put_nowait(len(connections))
            writer.write(b"SIP/2.0 200 OK\r\nContact: <sip:x@127.0.0.1>\r\n\r\n")  # no length

    server = await asyncio.start_server(answer_badly, "127.0.0.1", ports.free_port())
    uri = f"sip:x@127.0.0.1:{server.sockets[0].getsockname()[1]};transport=tcp"
    try:
        for number in (1, 2):
            leg = Listening(sip.agent.dial(uri))
            async with patience.within(10):
                assert await invites.get() == number
            await asyncio.sleep(0.3)
            leg.leg.execute(HangUp(GIVEN_UP))
            assert isinstance(await leg.ended(), LegEnded)
    finally:
        for connection in connections:
            connection.close()
        server.close()
