"""How a hostile caller's bytes leave: in datagrams, or over connections that come and go as they please."""

from __future__ import annotations

import random
import re
import socket
from typing import Protocol

MOST_CONNECTIONS = 6
BEHIND = (b"", b"", b"\r\n", b"\r\n\r\n", b"\0")
"""What follows a message on its connection: nothing, mostly, or a keep-alive (RFC 5626 section 4.4.1)."""
MORE = 0.3
"""Of spoiled messages open a connection of their own."""


class Wire(Protocol):
    """What a speaker needs."""

    name: str
    local: tuple[str, int]

    def send(self, message: bytes) -> None:
        """Send a message as it should be sent."""

    def spoiled(self, message: bytes, chance: random.Random) -> None:
        """Send a message that need not arrive in one piece."""

    def heard(self) -> list[bytes]:
        """Return the messages that have come since."""

    def close(self) -> None:
        """Close what is open."""


class Datagrams:
    """A UDP socket."""

    name = "UDP"

    def __init__(self, host: str, target: tuple[str, int]) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        self._socket.bind((host, 0))
        self._socket.setblocking(False)
        self._target = target
        self.local: tuple[str, int] = self._socket.getsockname()

    def send(self, message: bytes) -> None:
        """Send one datagram."""
        try:
            self._socket.sendto(message, self._target)
        except OSError:
            return  # nobody there, for the moment: what is tested is not us

    def spoiled(self, message: bytes, chance: random.Random) -> None:
        """Send one datagram, now and then two messages in it."""
        self.send(message * 2 if chance.random() < 0.02 else message)

    def heard(self) -> list[bytes]:
        """Return what has come."""
        messages = []
        while True:
            try:
                messages.append(self._socket.recv(65536))
            except OSError:
                return messages

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()


class Stream:
    """TCP: one connection for what should be understood, some for what should not."""

    name = "TCP"

    def __init__(self, host: str, target: tuple[str, int]) -> None:
        self._host, self._target = host, target
        self._proper = self._connect()
        self._others: list[socket.socket] = []
        self._buffers: dict[int, bytes] = {}
        self.local: tuple[str, int] = self._proper.getsockname()

    def send(self, message: bytes) -> None:
        """Send it over the proper connection, opened anew if it was closed."""
        if not self._put(self._proper, message):
            self._drop(self._proper)
            self._proper = self._connect()
            self._put(self._proper, message)

    def spoiled(self, message: bytes, chance: random.Random) -> None:
        """Send it over one that others were sent over, or a new one; whole, or only in part."""
        if not self._others or chance.random() < MORE:
            self._others.append(self._connect())
        if len(self._others) > MOST_CONNECTIONS:
            self._drop(self._others.pop(chance.randrange(MOST_CONNECTIONS)))
        connection = chance.choice(self._others)
        end = chance.randrange(len(message) + 1) if chance.random() < 0.1 else len(message)
        if not self._put(connection, message[:end] + chance.choice(BEHIND)):
            self._others.remove(connection)
            self._drop(connection)

    def heard(self) -> list[bytes]:
        """Return the whole messages that have come."""
        messages = []
        for connection in (self._proper, *self._others):
            buffer = self._buffers.get(connection.fileno(), b"") + _read(connection)
            while (end := _end_of_first(buffer)) is not None:
                messages.append(buffer[:end])
                buffer = buffer[end:].lstrip(b"\r\n")
            self._buffers[connection.fileno()] = buffer
        return messages

    def close(self) -> None:
        """Close all."""
        for connection in (self._proper, *self._others):
            self._drop(connection)

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.bind((self._host, 0))
        connection.settimeout(5)
        connection.connect(self._target)
        connection.setblocking(False)
        return connection

    def _put(self, connection: socket.socket, data: bytes) -> bool:
        try:
            return connection.send(data) == len(data)
        except OSError:
            return False

    def _drop(self, connection: socket.socket) -> None:
        self._buffers.pop(connection.fileno(), None)
        connection.close()


def _read(connection: socket.socket) -> bytes:
    data = b""
    while True:
        try:
            piece = connection.recv(65536)
        except OSError:
            return data
        if not piece:
            return data
        data += piece


def _end_of_first(buffer: bytes) -> int | None:
    head, end, body = buffer.partition(b"\r\n\r\n")
    if not end:
        return None
    length = re.search(rb"(?im)^Content-Length\s*:\s*(\d+)", head)
    whole = len(head) + 4 + (int(length[1]) if length else 0)
    return whole if len(body) >= whole - len(head) - 4 else None
