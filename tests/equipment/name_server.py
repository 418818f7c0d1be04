"""A name server on a socket of its own: it knows a few names, and is silent about all others.

    with NameServer({"pbx.example": "127.0.0.1"}) as dns:
        HostNames([dns.address])

Records: an address is A, `(priority, weight, port, target)` is SRV, None is a name that does not exist.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Mapping
from typing import Self

Srv = tuple[int, int, int, str]
Record = str | Srv | None
A, SRV = 1, 33
NAMES = {A: "A", SRV: "SRV", 28: "AAAA"}
NXDOMAIN = 3


class NameServer:
    """Answers over UDP. `asked` is every question, as NAME TYPE, answered or not."""

    def __init__(
        self, records: Mapping[str, Record | list[Srv]] | None = None, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.records = dict(records or {})
        self.asked: list[str] = []
        self.ttl = 30
        self.answers = threading.Event()
        """Cleared, what is asked waits until it is set again."""
        self.answers.set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self._thread = threading.Thread(target=self._serve, name="name server", daemon=True)

    @property
    def address(self) -> str:
        """HOST:PORT."""
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as goodbye:
            goodbye.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def questions(self, part: str = "") -> list[str]:
        """Return what was asked of names with that part, each once, in order."""
        return list(dict.fromkeys(asked for asked in self.asked if part in asked))

    def _serve(self) -> None:
        while True:
            data, source = self._socket.recvfrom(4096)
            if not data:
                return
            if (answer := self._answer(data)) is not None:
                self.answers.wait(30)
                self._socket.sendto(answer, source)

    def _answer(self, query: bytes) -> bytes | None:
        name, end = _read_name(query)
        kind = struct.unpack_from(">H", query, end)[0]
        self.asked.append(f"{name} {NAMES.get(kind, kind)}")
        if name not in self.records:
            return None
        record = self.records[name]
        values = [] if record is None else record if isinstance(record, list) else [record]
        answers = [value for value in values if kind == (A if isinstance(value, str) else SRV)]
        status = NXDOMAIN if record is None else 0
        head = query[:2] + struct.pack(">HHHHH", 0x8180 | status, 1, len(answers), 0, 0)
        return head + query[12 : end + 4] + b"".join(self._record(value, kind) for value in answers)

    def _record(self, value: str | Srv, kind: int) -> bytes:
        if isinstance(value, str):
            data = socket.inet_aton(value)
        else:
            data = struct.pack(">HHH", *value[:3]) + _write_name(value[3])
        # 0xc00c: the name that was asked for (RFC 1035 section 4.1.4).
        return struct.pack(">HHHIH", 0xC00C, kind, 1, self.ttl, len(data)) + data


def _read_name(query: bytes) -> tuple[str, int]:
    """Return the name asked for, in lower case, and where it ends (RFC 1035 section 4.1.2)."""
    labels, at = [], 12
    while size := query[at]:
        labels.append(query[at + 1 : at + 1 + size].decode("ascii", "replace").lower())
        at += 1 + size
    return ".".join(labels), at + 1


def _write_name(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"
