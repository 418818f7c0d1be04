"""What cannot be read is answered, as far as it says whom; see also tests/whole_calls/test_torture.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.equipment import patience
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Exchange, exchange, needs_guard

pytestmark = needs_guard

STRANGER = "127.0.0.66"


def options(phone: Phone, *, line: str = "OPTIONS sip:a@b SIP/2.0", via: str = "", **changed: str) -> bytes:
    """An OPTIONS of a phone's, with its start line and some headers as they are given."""
    host, port = phone.local
    headers = {
        "Via": via or f"SIP/2.0/{phone.transport.upper()} {host}:{port};branch=z9hG4bKx",
        "From": "<sip:a@b>;tag=1",
        "To": "<sip:a@b>",
        "Call-ID": "unreadable",
        "CSeq": "1 OPTIONS",
        "Content-Length": "0",
    } | changed
    return "\r\n".join([line, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("OPTIONS <sip:a@b> SIP/2.0", 400),
        ("OPTIONS fax:5551230001 SIP/2.0", 416),
        ("OPTIONS sip:a@b SIP/3.0", 505),
        ("OPTIONS  SIP/2.0", 400),
    ],
)
async def test_what_is_wrong_is_said(
    sip: Exchange, pump: Pump, transport: str, line: str, status: int
) -> None:
    """With what belongs into an answer, and a tag of ours."""
    async with Phone(sip.address, pump, transport=transport) as phone:
        phone.send(options(phone, line=line))
        answer = await phone.stray()
    assert answer.status == status
    assert answer.header("Call-ID") == "unreadable"
    assert answer.header("CSeq") == "1 OPTIONS"
    assert answer.header("To").startswith("<sip:a@b>;tag=")
    assert answer.header("Content-Length") == "0"


async def test_it_goes_where_via_says(sip: Exchange, pump: Pump) -> None:
    """To the port in it, or where it came from, if it asks for that (RFC 3581)."""
    async with Phone(sip.address, pump) as phone, Phone(sip.address, pump) as other:
        own, there = phone.local[1], other.local[1]
        phone.send(options(phone, via=f"SIP/2.0/UDP 127.0.0.1:{there};branch=z9hG4bKx", To="<sip:a@b"))
        assert (await other.stray()).status == 400
        phone.send(options(phone, via=f"SIP/2.0/UDP 127.0.0.1:{there};rport;branch=z9hG4bKx", To="<sip:a@b"))
        answer = await phone.stray()
    assert f"rport={own};received=127.0.0.1" in answer.header("Via")


async def test_what_answers_nothing_gets_nothing(sip: Exchange, pump: Pump) -> None:
    """An ACK, a response, what has no Via: neither is a request to answer."""
    async with Phone(sip.address, pump) as phone:
        phone.send(options(phone, line="ACK sip:a@b SIP/3.0", CSeq="1 ACK"))
        phone.send(options(phone, line="SIP/2.0 200 OK", To="<sip:a@b"))
        phone.send(b"OPTIONS sip:a@b SIP/2.0\r\nTo: <sip:a@b\r\n\r\n")
        assert (await phone.ask("OPTIONS")).status == 200
        assert len(phone.received) == 1


@pytest.fixture
async def guarded() -> AsyncIterator[Exchange]:
    """To whom only 127.0.0.1 is its own machine."""
    async with exchange(home=("127.0.0.1/32",)) as running:
        yield running


async def test_a_stranger_gets_nothing(guarded: Exchange, pump: Pump) -> None:
    """No answer shows him that somebody is there, or hits whose address he wrote."""
    async with Phone(guarded.address, pump, host=STRANGER) as phone:
        phone.send(options(phone, line="OPTIONS sip:a@b SIP/3.0"))
        with pytest.raises(TimeoutError):
            await phone.stray(0.3 / patience.FACTOR)


# --- keepalives --------------------------------------------------------------------------------------------


async def test_a_keepalive_is_answered_over_a_connection(sip: Exchange, pump: Pump) -> None:
    """CRLF CRLF by CRLF (RFC 5626 section 3.5.1), between messages, and not over datagrams."""
    async with Phone(sip.address, pump, transport="tcp") as phone:
        pieces: asyncio.Queue[bytes] = asyncio.Queue()
        phone.wire.listen_to_bytes(pieces.put_nowait)
        for _ in range(2):
            phone.send(b"\r\n\r\n")
            async with patience.within(5):
                assert await pieces.get() == b"\r\n"
            assert (await phone.ask("OPTIONS")).status == 200
            assert (await pieces.get()).startswith(b"SIP/2.0 200")
