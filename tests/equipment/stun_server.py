"""A STUN server over a bare UDP socket: tells whoever asks the address that it is told to (RFC 5389)."""

from __future__ import annotations

import asyncio
import ipaddress
import struct
from typing import Self

COOKIE = 0x2112A442


class StunServer(asyncio.DatagramProtocol):
    """`tells` the address; None: it stays silent. `xors`: as newer servers write it."""

    def __init__(self, tells: str | None, *, xors: bool = True) -> None:
        self.tells = tells
        self.xors = xors
        self.asked = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._wire, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._wire.close()

    @property
    def place(self) -> str:
        """HOST:PORT."""
        host, port = self._wire.get_extra_info("sockname")
        return f"{host}:{port}"

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question."""
        self.asked += 1
        if self.tells is not None:
            self._wire.sendto(answer(data[8:20], self.tells, xors=self.xors), addr)


def answer(transaction: bytes, host: str, *, xors: bool = True) -> bytes:
    """Return a Binding success response, with an attribute that nobody knows in front."""
    address = ipaddress.ip_address(host)
    mask = struct.pack("!I", COOKIE) + transaction if xors else bytes(16)
    packed = bytes(one ^ other for one, other in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    told = struct.pack("!BBH", 0, family, 4711) + packed
    software = struct.pack("!HH", 0x8022, 5) + b"test\0" + bytes(3)
    body = software + struct.pack("!HH", 0x0020 if xors else 0x0001, len(told)) + told
    return struct.pack("!HHI", 0x0101, len(body), COOKIE) + transaction + body
