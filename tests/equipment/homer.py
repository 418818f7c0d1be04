"""Homer's side of HEP3: takes UDP packets and reads them strictly, by the protocol's own description.

Written from the published description of the packet (HEP3 network protocol specification), not from ours.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

NUMBERS = {1: "!B", 2: "!B", 7: "!H", 8: "!H", 9: "!I", 10: "!I", 11: "!B", 12: "!I"}
"""Chunks that are a number, and how wide."""
ADDRESSES = {3: 4, 4: 4, 5: 16, 6: 16}
"""Chunks that are an address, and its bytes."""
TEXTS = {14, 15, 17, 19}


@dataclass(frozen=True)
class Captured:
    """A packet, read."""

    family: int
    protocol: int
    source: str
    target: str
    at: float
    kind: int
    node: int
    call_id: str
    password: str
    payload: bytes

    @property
    def json(self) -> dict[str, Any]:
        """Return what is inside, where that is JSON."""
        read: dict[str, Any] = json.loads(self.payload)
        return read


def read(packet: bytes) -> Captured:
    """Read a packet. Raises AssertionError for whatever the description does not allow."""
    assert packet[:4] == b"HEP3", packet[:8]
    assert struct.unpack("!H", packet[4:6])[0] == len(packet)
    chunks: dict[int, Any] = {}
    at = 6
    while at < len(packet):
        vendor, kind, length = struct.unpack("!HHH", packet[at : at + 6])
        value = packet[at + 6 : at + length]
        assert (vendor, length >= 6, len(value)) == (0, True, length - 6)
        assert kind not in chunks, f"chunk {kind} twice"
        if kind in NUMBERS:
            (chunks[kind],) = struct.unpack(NUMBERS[kind], value)
        elif kind in ADDRESSES:
            assert len(value) == ADDRESSES[kind]
            chunks[kind] = str(ipaddress.ip_address(value))
        else:
            assert kind in TEXTS, f"chunk {kind} is unknown"
            chunks[kind] = value
        at += length
    assert chunks.keys() >= {1, 2, 7, 8, 9, 10, 11, 12, 15}, chunks.keys()
    assert chunks[10] < 1_000_000
    v6 = {2: 0, 10: 2}[chunks[1]]
    return Captured(
        chunks[1],
        chunks[2],
        f"{chunks.get(3 + v6, '')}:{chunks[7]}",
        f"{chunks.get(4 + v6, '')}:{chunks[8]}",
        chunks[9] + chunks[10] / 1_000_000,
        chunks[11],
        chunks[12],
        chunks.get(17, b"").decode(),
        chunks.get(14, b"").decode(),
        chunks[15],
    )


class Homer:
    """A capture server on a free port; a context."""

    def __init__(self) -> None:
        self.captured: list[Captured] = []
        self.wrong: list[BaseException] = []
        self._changed = threading.Condition()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()

    def until(self, holds: Callable[[list[Captured]], object], seconds: float = 10.0) -> list[Captured]:
        """Wait until something holds for what was captured; return all of it."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.wrong or holds(self.captured), seconds), self.captured
        assert not self.wrong, self.wrong
        return list(self.captured)

    def _listen(self) -> None:
        while packet := self._socket.recv(65_535):
            with self._changed:
                try:
                    self.captured.append(read(packet))
                except (AssertionError, struct.error, KeyError) as error:
                    self.wrong.append(error)
                self._changed.notify_all()
