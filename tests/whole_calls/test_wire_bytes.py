"""Every byte in every header of an INVITE, while somebody talks: answered or dropped, and nothing ends."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.equipment import patience
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

HEADERS = {
    "request-line": b"INVITE sip:40%b4@127.0.0.1 SIP/2.0",
    "user": b"INVITE sip:%b@127.0.0.1;x=%b SIP/2.0",
    "From": b'"A %b" <sip:caller@127.0.0.1>;tag=1',
    "From ": b"<sip:%b@127.0.0.1;x=%b>;tag=1",
    "To": b'"%b" <sip:404@127.0.0.1>',
    "Call-ID": b"%b.%d@127.0.0.1",
    "Contact": b'"%b" <sip:caller@127.0.0.1:%d>',
    "Subject": b"%b",
    "User-Agent": b"phone %b",
    "X-%b": b"named",
    "P-Asserted-Identity": b'"%b" <sip:%b@127.0.0.1>',
    "Diversion": b"<sip:%b@127.0.0.1>;reason=%b",
    "History-Info": b"<sip:%b@127.0.0.1>;index=1",
    "Accept-Language": b"%b",
}
"""Where the byte goes, by header; a name with a space behind it is one more value of that header."""


def invites(byte: bytes, port: int) -> Iterator[bytes]:
    """Make one INVITE for each place."""
    for number, (place, value) in enumerate(HEADERS.items()):
        unique = byte[0] * 100 + number
        spoiled = value.replace(b"%b", byte).replace(b"%d", str(unique).encode())
        own = {
            b"From": b"<sip:caller@127.0.0.1>;tag=1",
            b"To": b"<sip:404@127.0.0.1>",
            b"Call-ID": b"%d@127.0.0.1" % unique,
            b"Contact": b"<sip:caller@127.0.0.1:%d>" % port,
        }
        start = b"INVITE sip:404@127.0.0.1 SIP/2.0"
        if value.startswith(b"INVITE"):
            start = spoiled
        else:
            own[place.strip().encode().replace(b"%b", byte)] = spoiled
        via = b"Via: SIP/2.0/UDP 127.0.0.1:%d;rport;branch=z9hG4bK-%d" % (port, unique)
        lines = [start, via, *(name + b": " + text for name, text in own.items())]
        yield b"\r\n".join([*lines, b"CSeq: 1 INVITE", b"Max-Forwards: 70", b"Content-Length: 0", b"", b""])


def acknowledge(sock: socket.socket, response: bytes, target: tuple[str, int]) -> bool:
    """Send ACK to a refusal (RFC 3261 section 17.1.1.3); return False for a provisional response."""
    status = int(response.split(maxsplit=2)[1])
    if status < 200:
        return False
    head = response.partition(b"\r\n\r\n")[0].split(b"\r\n")
    same = [line for line in head if re.match(rb"(?i)(via|from|to|call-id)\s*:", line)]
    uri = b"ACK sip:404@127.0.0.1 SIP/2.0"
    sock.sendto(b"\r\n".join([uri, *same, b"CSeq: 1 ACK", b"Content-Length: 0", b"", b""]), target)
    return True


def send_everything(target: tuple[str, int]) -> int:
    """Send all INVITEs, some at a time; return how many were answered for good."""
    answered = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        for number in range(256):
            for invite in invites(bytes([number]), sock.getsockname()[1]):
                sock.sendto(invite, target)
            answered += _answers(sock, target, wait=0.002 if number % 3 else 0.1)
        answered += _answers(sock, target, wait=patience.seconds(1))
    return answered


def _answers(sock: socket.socket, target: tuple[str, int], *, wait: float) -> int:
    sock.settimeout(wait)
    answered = 0
    try:
        while True:
            answered += acknowledge(sock, sock.recv(65536), target)
    except TimeoutError:
        return answered


@pytest.mark.native
async def test_every_byte_in_every_header(
    tmp_path: Path, gateway_process: Callable[..., Gateway], local_server: LocalServer, pump: Pump
) -> None:
    """Whatever comes, the process lives, a call beside goes on, and each log line is printable."""
    config = tmp_path / "gateway.yaml"
    # What a source may do is tests/whole_calls/test_flood.py's; here everything has to get in.
    config.write_text("limits: {sources: {exempt: [127.0.0.1]}}\n")
    gateway = gateway_process({"tone": agent("100", local_server.url)}, "--no-local", "--config", str(config))
    async with Phone(gateway.sip, pump) as phone:
        call = phone.call("100")
        await call.answered()
        answered = await asyncio.to_thread(send_everything, gateway.sip)
        assert answered > 256 * len(HEADERS) // 2, "most of these are calls to nobody: 404"
        assert not call.over
        assert (await call.hang_up()).status == 200
        await gateway.said("call.ended", sip_call_id=call.call_id)
        await gateway.said("call.refusals_counted", 15)  # most have no line of their own
    counted = sum(int(str(line["calls"])) for line in gateway.events("call.refusals_counted"))
    assert len(gateway.ended_calls()) + counted > 256
    odd = [text for text in gateway.text if not text.isprintable()]
    assert odd == []
