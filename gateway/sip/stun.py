"""Asks a STUN server which address the world sees in place of ours (RFC 5389): one question, one answer.

Only the address counts: which port a router puts in place of ours is another one for each of our sockets.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import struct

from gateway.errors import SipError, UnknownHost
from gateway.sip.names import HostNames, Target
from gateway.tasks import within

PORT = 3478
TRIES_S = (0.5, 1.0, 1.5)
"""How long each question waits for its answer (RFC 5389 section 7.2.1): a start waits no longer than all."""

_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_BINDING, _SUCCESS = 0x0001, 0x0101
_COOKIE = 0x2112A442
_MAPPED, _XOR_MAPPED = 0x0001, 0x0020
_FOUR, _SIX = 0x01, 0x02
_LONGEST = 548
"""Bytes of an answer (section 7.1)."""


def question(transaction: bytes) -> bytes:
    """Return a Binding request; `transaction` is 12 random bytes."""
    return _HEADER.pack(_BINDING, 0, _COOKIE, transaction)


def answered(packet: bytes, transaction: bytes) -> str:
    """Return the address in the answer to a question; "" for what is none, or has none."""
    if not _HEADER.size <= len(packet) <= _LONGEST:
        return ""
    kind, length, cookie, told = _HEADER.unpack_from(packet)
    if (kind, cookie, told) != (_SUCCESS, _COOKIE, transaction) or length != len(packet) - _HEADER.size:
        return ""
    found: dict[int, str] = {}
    at = _HEADER.size
    while at + _ATTRIBUTE.size <= len(packet):
        name, size = _ATTRIBUTE.unpack_from(packet, at)
        value = packet[at + _ATTRIBUTE.size : at + _ATTRIBUTE.size + size]
        if len(value) < size:
            return ""
        if name in (_MAPPED, _XOR_MAPPED):
            mask = struct.pack("!I12s", _COOKIE, transaction) if name == _XOR_MAPPED else bytes(16)
            found.setdefault(name, _address(value, mask))
        at += _ATTRIBUTE.size + size + -size % 4
    return found.get(_XOR_MAPPED) or found.get(_MAPPED, "")


def _address(value: bytes, mask: bytes) -> str:
    size = {_FOUR: 4, _SIX: 16}.get(value[1], 0) if len(value) >= 4 else 0
    if not size or len(value) != 4 + size:
        return ""
    host = bytes(one ^ other for one, other in zip(value[4:], mask, strict=False))
    return str(ipaddress.ip_address(host))


async def ask(place: str, own: str = "", servers: tuple[str, ...] = ()) -> str:
    """Return the address that the server at HOST or HOST:PORT sees; our question leaves from `own`, if given.

    `servers`: who is asked for its name, as for `HostNames`. Waits some seconds at most. Raises SipError
    that names the server.
    """
    host, _, port = place.partition(":")
    try:
        async with HostNames(servers) as names:
            found = await names.find(Target(host, int(port or PORT)))
        return await _ask(found[0], own)
    except UnknownHost as error:
        raise SipError(f"stun:{place}: {error.why}") from None
    except TimeoutError:
        raise SipError(f"stun:{place}: no answer") from None
    except OSError as error:
        raise SipError(f"stun:{place}: {error.strerror or error}") from None


async def _ask(server: tuple[str, int], own: str) -> str:
    """Raises TimeoutError, and OSError where nobody listens."""
    loop = asyncio.get_running_loop()
    local = (own, 0) if own and not ipaddress.ip_address(own).is_unspecified else None
    transport, asked = await loop.create_datagram_endpoint(_Question, local_addr=local, remote_addr=server)
    try:
        for seconds in TRIES_S:
            transport.sendto(question(asked.transaction))
            try:
                async with within(seconds):
                    return await asyncio.shield(asked.answer)
            except TimeoutError:
                continue
        raise TimeoutError
    finally:
        transport.close()
        asked.answer.cancel()


class _Question(asyncio.DatagramProtocol):
    """Connected to one server: the system lets nobody else answer."""

    def __init__(self) -> None:
        self.transaction = secrets.token_bytes(12)
        self.answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, _addr: object) -> None:
        """Take the answer; what is none is passed over."""
        if (found := answered(data, self.transaction)) and not self.answer.done():
            self.answer.set_result(found)

    def error_received(self, exc: Exception) -> None:
        """Take note that nobody listens there."""
        if not self.answer.done():
            self.answer.set_exception(exc)
