"""Below SIP: whole messages over UDP, TCP and TLS, and requests that are sent again until answered."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from typing import cast

from tests.equipment import patience, wire_sip
from tests.equipment.wire_sip import Message

T1 = 0.5
"""RFC 3261 17.1.1.1: how long a request waits before it is sent again on UDP."""


class Wire:
    """Datagrams or a byte stream below one address; hands over whole messages."""

    def __init__(
        self,
        transport: str,
        deliver: Callable[[bytes, tuple[str, int]], None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.reliable = transport in ("tcp", "tls")
        self._tls = tls
        self._deliver = deliver
        self._buffers: dict[asyncio.BaseTransport, bytearray] = {}
        self._out: dict[tuple[str, int], asyncio.BaseTransport] = {}
        self._bytes: Callable[[bytes], None] = lambda _data: None
        self.local = ("", 0)

    async def open(self, host: str, port: int, target: tuple[str, int]) -> None:
        """Bind (UDP) or connect (TCP, TLS)."""
        loop = asyncio.get_running_loop()
        transport: asyncio.BaseTransport
        if self.reliable:
            # A far end that just leaves says no farewell, and is not waited for.
            soon = {"ssl_shutdown_timeout": 0.1} if self._tls else {}
            transport, _ = await loop.create_connection(
                lambda: _StreamSide(self), *target, local_addr=(host, port), ssl=self._tls, **soon
            )
        else:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _DatagramSide(self), local_addr=(host, port)
            )
        self._out[target] = transport
        self.local = transport.get_extra_info("sockname")[:2]

    def send(self, data: bytes, target: tuple[str, int]) -> None:
        """Send one message, on TCP over the connection there is."""
        transport = self._out.get(target) or next(iter(self._out.values()))
        if self.reliable:
            cast("asyncio.Transport", transport).write(data)
        else:
            cast("asyncio.DatagramTransport", transport).sendto(data, target)

    def hear(self, deliver: Callable[[bytes, tuple[str, int]], None]) -> None:
        """Hand over to somebody else from now on."""
        self._deliver = deliver

    def listen_to_bytes(self, deliver: Callable[[bytes], None]) -> None:
        """Hand over what comes over a stream as it comes, too."""
        self._bytes = deliver

    def abort(self) -> None:
        """Close the sockets at once, whatever is still to be said."""
        for transport in self._out.values():
            cast("asyncio.WriteTransport", transport).abort()

    def reset(self) -> None:
        """Reset the connections, which says no farewell."""
        for transport in self._out.values():
            own: socket.socket = transport.get_extra_info("socket")
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.abort()

    def close(self) -> None:
        """Close the sockets."""
        for transport in self._out.values():
            transport.close()

    def datagram(self, data: bytes, source: tuple[str, int]) -> None:
        """Take one datagram."""
        if data.strip(b"\r\n\0"):
            self._deliver(data, source[:2])

    def piece(self, transport: asyncio.BaseTransport, data: bytes) -> None:
        """Take a piece of a byte stream."""
        self._bytes(data)
        buffer = self._buffers.setdefault(transport, bytearray())
        buffer += data
        for message in wire_sip.split_stream(buffer):
            self._deliver(message, transport.get_extra_info("peername")[:2])


class _DatagramSide(asyncio.DatagramProtocol):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._wire.datagram(data, addr)


class _StreamSide(asyncio.Protocol):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._wire.piece(self._transport, data)


class Transaction:
    """A request of ours, sent again on UDP until it is answered (RFC 3261 17.1)."""

    def __init__(self, wire: Wire, request: Message, target: tuple[str, int]) -> None:
        self._wire, self._target = wire, target
        self.request = request
        self.responses: list[Message] = []
        self.retransmissions = 0
        self._changed = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._send(T1)

    def _send(self, wait: float) -> None:
        self._wire.send(bytes(self.request), self._target)
        if not self._wire.reliable and wait <= 32 * T1:
            self._timer = asyncio.get_running_loop().call_later(wait, self._again, wait)

    def _again(self, wait: float) -> None:
        self.retransmissions += 1
        self._send(wait * 2)

    def answered(self, response: Message) -> None:
        """Take a response; any response ends the retransmission."""
        self.stop()
        self.responses.append(response)
        self._changed.set()

    def stop(self) -> None:
        """Send the request no more."""
        if self._timer:
            self._timer.cancel()

    async def response(self, wanted: Callable[[Message], bool], patient_seconds: float = 10) -> Message:
        """Wait for a response of a kind."""
        async with patience.within(patient_seconds):
            while not (found := next(filter(wanted, self.responses), None)):
                self._changed.clear()
                await self._changed.wait()
        return found

    async def final(self, patient_seconds: float = 10) -> Message:
        """Wait for the final response."""
        return await self.response(lambda response: response.status >= 200, patient_seconds)
