"""The transport of a connection whose TLS is in C++: `gateway.media.tls`.

Reads and writes on the event loop until a link writes as well; what is wrong is told in Python's own words
for it (`ssl.SSLError` and its kinds), so that nobody above has to know who has found it.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from contextlib import suppress
from typing import Any

from gateway.media.tls import TlsContext, TlsSocket, TlsState

MOST_WAITING = 64 * 1024
"""Bytes that the socket did not take, above which whoever sends has to wait."""
MOST_READS = 4
"""Reads of 64 KiB at once; others have their turn in between."""


class TlsTransport(asyncio.Transport):
    """An open connection; hears what comes from `begin` on."""

    def __init__(self, tls: TlsSocket, extra: dict[str, Any]) -> None:
        super().__init__({**extra, "tls": tls})
        self._loop = asyncio.get_running_loop()
        self._tls = tls
        self._protocol: asyncio.Protocol | None = None
        self._waiting = b""  # of the socket
        self._closing = self._reading = self._paused = False

    def begin(self, protocol: asyncio.Protocol) -> None:
        """Tell `protocol` of the connection, and from now on what comes."""
        self._protocol = protocol
        protocol.connection_made(self)
        self.resume_reading()

    # --- reading -------------------------------------------------------------------------------------

    def pause_reading(self) -> None:
        """Leave what comes where it is."""
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._tls.socket)

    def resume_reading(self) -> None:
        """Tell of what comes again."""
        if not self._reading and not self._closing:
            self._reading = True
            self._loop.add_reader(self._tls.socket, self._readable)

    def is_reading(self) -> bool:
        """Return whether what comes is told."""
        return self._reading

    def _readable(self) -> None:
        for _ in range(MOST_READS):
            data = self._tls.receive() if self._reading else None
            if data is None:
                return
            if not data:
                self._at_the_end()
                return
            assert self._protocol is not None
            self._protocol.data_received(data)
        if self._reading:  # what is decrypted already would wake nobody
            self._loop.call_soon(self._readable)

    def _at_the_end(self) -> None:
        fault = trouble(self._tls)
        if fault is None and self._protocol is not None:
            self._protocol.eof_received()
        self._lose(fault)

    # --- writing -------------------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write, or keep what the socket does not take."""
        if self._closing or not data:
            return
        began, self._waiting = not self._waiting, self._waiting + bytes(data)
        if began:
            self._writable()
        if began and self._waiting:
            self._loop.add_writer(self._tls.socket, self._writable)
        if len(self._waiting) > MOST_WAITING and not self._paused and self._protocol is not None:
            self._paused = True
            self._protocol.pause_writing()

    def _writable(self) -> None:
        sent = self._tls.send(self._waiting)
        if sent < 0:
            self._lose(trouble(self._tls))
            return
        self._waiting = self._waiting[sent:]
        if self._waiting:
            return
        self._loop.remove_writer(self._tls.socket)
        if self._paused and self._protocol is not None:
            self._paused = False
            self._protocol.resume_writing()
        if self._closing:
            self._lose(None)

    def can_write_eof(self) -> bool:
        """Return False: TLS has no end of one direction."""
        return False

    def get_write_buffer_size(self) -> int:
        """Return the bytes that the socket did not take yet."""
        return len(self._waiting)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Ignore them: `MOST_WAITING` is a link's, too."""

    # --- the end -------------------------------------------------------------------------------------

    def is_closing(self) -> bool:
        """Return whether it is over, or about to be."""
        return self._closing

    def close(self) -> None:
        """Close once everything is written; the far side is told."""
        if not self._closing:
            self.pause_reading()
            self._closing = True
            if not self._waiting:
                self._lose(None)

    def abort(self) -> None:
        """Close at once."""
        self._lose(None, tell=False)

    def _lose(self, fault: OSError | None, *, tell: bool = True) -> None:
        if self._tls.socket < 0:
            return
        self._closing = True
        self._reading, self._waiting = False, b""
        self._loop.remove_reader(self._tls.socket)
        self._loop.remove_writer(self._tls.socket)
        self._tls.close(tell)
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            self._loop.call_soon(protocol.connection_lost, fault)


async def connect_tls(host: str, port: int, context: TlsContext) -> TlsTransport:
    """Connect, and agree on TLS with whoever has a certificate for `host`.

    Raises OSError, of which `ssl.SSLError` is one.
    """
    name = host.encode("idna").decode("ascii")
    connected = await _connect(host, port)
    try:
        extra = {"peername": connected.getpeername(), "sockname": connected.getsockname()}
        tls = context.client(connected.fileno(), name)
    except BaseException:
        connected.close()
        raise
    connected.detach()
    try:
        await _shake_hands(tls)
    except BaseException:
        tls.close()
        raise
    return TlsTransport(tls, extra)


async def _connect(host: str, port: int) -> socket.socket:
    """Connect to the first of a host's addresses that answers."""
    loop = asyncio.get_running_loop()
    faults: list[OSError] = []
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            return await _connect_to(socket.socket(family, kind, protocol), address)
        except OSError as fault:
            faults.append(fault)
    if len({str(fault) for fault in faults}) == 1:
        raise faults[0]
    raise OSError(f"several addresses: {', '.join(map(str, faults))}")


async def _connect_to(one: socket.socket, address: Any) -> socket.socket:
    try:
        one.setblocking(False)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(one, address)
    except BaseException:
        one.close()
        raise
    return one


async def _shake_hands(tls: TlsSocket) -> None:
    while True:
        match TlsState[tls.handshake().name]:
            case TlsState.DONE:
                return
            case TlsState.WANTS_READ:
                await _ready(tls.socket, to_write=False)
            case TlsState.WANTS_WRITE:
                await _ready(tls.socket, to_write=True)
            case _:
                raise trouble(tls) or ConnectionResetError("closed during the TLS handshake")


async def _ready(descriptor: int, *, to_write: bool) -> None:
    loop = asyncio.get_running_loop()
    add, remove = (loop.add_writer, loop.remove_writer) if to_write else (loop.add_reader, loop.remove_reader)
    is_ready: asyncio.Future[None] = loop.create_future()

    def tell() -> None:
        if not is_ready.done():
            is_ready.set_result(None)

    add(descriptor, tell)
    try:
        await is_ready
    finally:
        remove(descriptor)


def trouble(tls: TlsSocket) -> OSError | None:
    """Return what went wrong as Python's own TLS would raise it; None if the connection has just ended."""
    verified, words, reason, number = tls.trouble()
    if verified:
        wrong = ssl.SSLCertVerificationError(1, f"certificate verify failed: {words}")
        wrong.verify_code, wrong.verify_message = verified, words
        return wrong
    if reason:
        fault = ssl.SSLError(1, reason)
        with suppress(AttributeError):
            fault.reason = reason.upper().replace(" ", "_")
        return fault
    if number in (0, errno.EPIPE, errno.ECONNRESET):
        return ConnectionResetError(number, os.strerror(number)) if number else None
    return OSError(number, os.strerror(number))
