"""Whoever asks over TCP and never reads is cut off; whoever reads is told everything."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.equipment import patience
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Exchange, needs_guard

pytestmark = needs_guard

AT_ONCE = 200
MOST = 60_000
"""Questions that a deaf caller may ask: what the kernel keeps of their answers, and some."""


def questions(first: int) -> bytes:
    """Write some OPTIONS."""
    return b"".join(
        (
            f"OPTIONS sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKq{number}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:a@b>;tag={number}\r\nTo: <sip:100@127.0.0.1>\r\n"
            f"Call-ID: q{number}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        ).encode()
        for number in range(first, first + AT_ONCE)
    )


async def ask_and_never_read(address: tuple[str, int]) -> int:
    """Ask until the connection is gone; return how often."""
    loop = asyncio.get_running_loop()
    with socket.socket() as deaf:
        deaf.setblocking(False)
        await loop.sock_connect(deaf, address)
        for asked in range(0, MOST, AT_ONCE):
            try:
                async with patience.within(10):
                    await loop.sock_sendall(deaf, questions(asked))
            except ConnectionError:
                return asked
    pytest.fail("nobody cut it off")


async def test_a_caller_who_never_reads_is_cut_off(sip: Exchange, phone: Phone) -> None:
    """Before his answers take any memory to speak of; a call of another's goes on, over TCP as over UDP."""
    async with Phone(sip.address, phone.pump, transport="tcp") as other:
        call, leg = await sip.answered(other)
        assert await ask_and_never_read(sip.address) > 1000
        assert (await call.request("OPTIONS")).status == 200
        assert (await phone.ask("OPTIONS")).status == 200
        assert leg.silent


async def test_a_caller_who_reads_is_told_everything(sip: Exchange, pump: Pump) -> None:
    """However many he asks for at once, as long as he takes what he is told."""
    reader, writer = await asyncio.open_connection(*sip.address)
    for first in range(0, 10 * AT_ONCE, AT_ONCE):
        writer.write(questions(first))
        async with patience.within(10):
            for _ in range(AT_ONCE):
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"SIP/2.0 200")
    writer.close()
    await writer.wait_closed()
