"""A registrar over bare sockets: asks for a password by the challenges it is told, and checks what is shown.

Independent of PJSIP: the digest is RFC 7616's, by hashlib.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import ssl
from collections.abc import Callable
from typing import Self

from tests.equipment import patience
from tests.equipment.wire_sip import Message, parse, split_stream, token

HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Registrar:
    """Answers REGISTER, and keeps every request. `challenges`: algorithms, in the order of the headers.

    `others`: challenges that are no digest, which stand before those.
    `streams`: over TCP, or TLS with a context; `port`: there, and not at a free one.
    """

    def __init__(
        self,
        *,
        password: str = "secret",
        challenges: tuple[str, ...] = ("MD5",),
        others: tuple[str, ...] = (),
        expires: int = 60,
        streams: ssl.SSLContext | bool = False,
        port: int = 0,
    ) -> None:
        self._streams = streams
        self._port = port
        self._connections: set[asyncio.StreamWriter] = set()
        self.password = password
        self.challenges = challenges
        self.others = others
        self.expires = expires
        self.requests: list[Message] = []
        self.shown: list[dict[str, str]] = []
        """What each request has shown that was right."""
        self.says: Callable[[Message], tuple[int, list[tuple[str, str]]] | None] = lambda _: None
        """Another answer than by password: status and headers."""
        self.nonce = token()
        self._more = asyncio.Event()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        local = ("127.0.0.1", self._port)
        if self._streams:
            tls = None if self._streams is True else self._streams
            self._server = await asyncio.start_server(self._serve, *local, ssl=tls)
            self._at = self._server.sockets[0].getsockname()
            return self
        self._wire, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=local)  # type: ignore[arg-type,return-value]
        self._at = self._wire.get_extra_info("sockname")
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self._streams:
            self._wire.close()
            return
        self._server.close()
        for connection in self._connections:
            connection.transport.abort()

    @property
    def place(self) -> str:
        """HOST:PORT."""
        host, port = self._at
        return f"{host}:{port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        buffer = bytearray()
        with contextlib.suppress(OSError):
            while piece := await reader.read(65536):
                buffer += piece
                for message in split_stream(buffer):
                    if (answer := self._answer_to(message, writer.get_extra_info("peername"))) is not None:
                        writer.write(answer)
        self._connections.discard(writer)
        writer.close()

    async def asked(self, times: int, patient_seconds: float = 10) -> list[Message]:
        """Wait for so many requests in all."""
        async with patience.within(patient_seconds):
            while len(self.requests) < times:
                self._more.clear()
                await self._more.wait()
        return self.requests

    # --- asyncio's protocol ---------------------------------------------------------------------------

    def connection_made(self, transport: object) -> None:
        """See `asyncio.DatagramProtocol`."""

    def connection_lost(self, error: object) -> None:
        """See `asyncio.DatagramProtocol`."""

    def error_received(self, error: object) -> None:
        """See `asyncio.DatagramProtocol`."""

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        """Answer one request."""
        if (answer := self._answer_to(data, source)) is not None:
            self._wire.sendto(answer, source)

    def _answer_to(self, data: bytes, source: tuple[str, int]) -> bytes | None:
        request = parse(data, source=source) if data.strip() else None
        if request is None or request.status:
            return None
        self.requests.append(request)
        self._more.set()
        status, headers = self.says(request) or self._judge(request)
        kept = [(name, request.header(name)) for name in ("Via", "From", "To", "Call-ID", "CSeq")]
        kept[2] = ("To", kept[2][1] + ";tag=r")
        return bytes(Message(f"SIP/2.0 {status} x", [*kept, *headers]))

    def _judge(self, request: Message) -> tuple[int, list[tuple[str, str]]]:
        if request.method != "REGISTER":
            return 200, []
        for value in request.all("Authorization"):
            fields = dict(re.findall(r'(\w+)="?([^",\s]*)"?', value.partition(" ")[2]))
            if fields.get("nonce") == self.nonce and self._is_right(fields, request.method):
                self.shown.append(fields)
                contact = request.header("Contact")
                return 200, [("Contact", f"{contact};expires={self.expires}"), ("Expires", str(self.expires))]
        digests = [
            f'Digest realm="r", nonce="{self.nonce}", algorithm={name}, qop="auth"'
            for name in self.challenges
        ]
        return 401, [("WWW-Authenticate", challenge) for challenge in (*self.others, *digests)]

    def _is_right(self, shown: dict[str, str], method: str) -> bool:
        made = HASHES[shown["algorithm"]]

        def of(*parts: str) -> str:
            return made(":".join(parts).encode()).hexdigest()

        secret = of(shown["username"], "r", self.password)
        right = of(
            secret, shown["nonce"], shown["nc"], shown["cnonce"], shown["qop"], of(method, shown["uri"])
        )
        return right == shown["response"] and shown["algorithm"] in self.challenges
