"""The server's end of a connection under TLS 1.3 that sends records as a test wants them, right or wrong.

Hands are shaken by Python's TLS; the records are made here, by another implementation than the gateway's
(RFC 8446 sections 5 and 7).
"""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.equipment import patience
from tests.equipment.certificates import Identity

ALERT, HANDSHAKE, DATA = 21, 22, 23
NEW_SESSION_TICKET, KEY_UPDATE = 4, 24
HEADER = 5


@dataclass
class Direction:
    """What protects one direction of TLS_AES_256_GCM_SHA384."""

    secret: bytes
    number: int = 0

    def seal(self, kind: int, content: bytes, padding: int = 0) -> bytes:
        """Return a record."""
        inner = content + bytes([kind]) + bytes(padding)
        header = b"\x17\x03\x03" + (len(inner) + 16).to_bytes(2, "big")
        return header + AESGCM(self._expanded(b"key", 32)).encrypt(self._nonce(), inner, header)

    def open(self, record: bytes) -> tuple[int, bytes]:
        """Return the type and content of a record."""
        key = AESGCM(self._expanded(b"key", 32))
        inner = key.decrypt(self._nonce(), record[HEADER:], record[:HEADER]).rstrip(b"\0")
        return inner[-1], inner[:-1]

    def update(self) -> None:
        """Go over to the next keys: section 7.2."""
        self.secret, self.number = self._expanded(b"traffic upd", 48), 0

    def _nonce(self) -> bytes:
        number = int.from_bytes(self._expanded(b"iv", 12), "big") ^ self.number
        self.number += 1
        return number.to_bytes(12, "big")

    def _expanded(self, label: bytes, size: int) -> bytes:
        label = b"tls13 " + label
        info = size.to_bytes(2, "big") + bytes([len(label)]) + label + b"\0\1"
        return hmac.digest(self.secret, info, hashlib.sha384)[:size]


class TlsPeer:
    """Has a socket that blocks."""

    def __init__(self, line: socket.socket, shown: Identity, log: Path) -> None:
        line.settimeout(patience.seconds(5))
        self.line = line
        self._log = log
        context = shown.serves()
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.keylog_filename = str(log)
        context.num_tickets = 0
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._came = b""

    def go_on(self) -> bool:
        """Take what has come of the handshake, and answer; return whether it is done."""
        self._incoming.write(self.line.recv(65536))
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            self.line.sendall(self._outgoing.read())
        secrets = dict(line.split()[::2] for line in self._log.read_text().splitlines() if line[0] != "#")
        self.ours = Direction(bytes.fromhex(secrets["SERVER_TRAFFIC_SECRET_0"]))
        self.theirs = Direction(bytes.fromhex(secrets["CLIENT_TRAFFIC_SECRET_0"]))
        return True

    def send(self, kind: int, content: bytes, padding: int = 0) -> None:
        """Send a record."""
        self.line.sendall(self.ours.seal(kind, content, padding))

    def next(self) -> tuple[int, bytes]:
        """Return the type and content of what came next."""
        self._have(HEADER)
        size = HEADER + int.from_bytes(self._came[3:HEADER], "big")
        self._have(size)
        record, self._came = self._came[:size], self._came[size:]
        return self.theirs.open(record)

    def _have(self, size: int) -> None:
        while len(self._came) < size:
            if not (more := self.line.recv(65536)):
                raise EOFError
            self._came += more


def message(kind: int, body: bytes) -> bytes:
    """Return a message of the handshake protocol: section 4."""
    return bytes([kind]) + len(body).to_bytes(3, "big") + body
