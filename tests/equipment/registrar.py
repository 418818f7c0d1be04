"""A registrar over a bare UDP socket: asks for a password by the challenges it is told, checks what is shown.

Independent of PJSIP: the digest is RFC 7616's, by hashlib.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from typing import Self

from tests.equipment import patience
from tests.equipment.wire_sip import Message, parse, token

HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Registrar:
    """Answers REGISTER, and keeps every request. `challenges`: algorithms, in the order of the headers."""

    def __init__(
        self, *, password: str = "secret", challenges: tuple[str, ...] = ("MD5",), expires: int = 60
    ) -> None:
        self.password = password
        self.challenges = challenges
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
        self._wire, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))  # type: ignore[arg-type,return-value]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._wire.close()

    @property
    def place(self) -> str:
        """HOST:PORT."""
        host, port = self._wire.get_extra_info("sockname")
        return f"{host}:{port}"

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
        if not data.strip():
            return
        request = parse(data, source=source)
        if request.status:
            return
        self.requests.append(request)
        self._more.set()
        status, headers = self.says(request) or self._judge(request)
        kept = [(name, request.header(name)) for name in ("Via", "From", "To", "Call-ID", "CSeq")]
        kept[2] = ("To", kept[2][1] + ";tag=r")
        self._wire.sendto(bytes(Message(f"SIP/2.0 {status} x", [*kept, *headers])), source)  # type: ignore[attr-defined]

    def _judge(self, request: Message) -> tuple[int, list[tuple[str, str]]]:
        if request.method != "REGISTER":
            return 200, []
        for value in request.all("Authorization"):
            fields = dict(re.findall(r'(\w+)="?([^",\s]*)"?', value.partition(" ")[2]))
            if fields.get("nonce") == self.nonce and self._is_right(fields, request.method):
                self.shown.append(fields)
                contact = request.header("Contact")
                return 200, [("Contact", f"{contact};expires={self.expires}"), ("Expires", str(self.expires))]
        return 401, [
            ("WWW-Authenticate", f'Digest realm="r", nonce="{self.nonce}", algorithm={name}, qop="auth"')
            for name in self.challenges
        ]

    def _is_right(self, shown: dict[str, str], method: str) -> bool:
        made = HASHES[shown["algorithm"]]

        def of(*parts: str) -> str:
            return made(":".join(parts).encode()).hexdigest()

        secret = of(shown["username"], "r", self.password)
        right = of(
            secret, shown["nonce"], shown["nc"], shown["cnonce"], shown["qop"], of(method, shown["uri"])
        )
        return right == shown["response"] and shown["algorithm"] in self.challenges
