"""What really leaves the machine: every RTP packet on every interface, taken from under the programs.

with Capture() as capture:
    ...
    assert capture.rtp_to(port=40_000) == []
"""

from __future__ import annotations

import socket
from typing import NamedTuple, Self

import pytest

_ETH_P_ALL = 3
_OUTGOING = 4  # linux/if_packet.h; on the loopback each packet is seen twice, going and coming
_RCVBUF = 8 << 20


class Captured(NamedTuple):
    """One UDP datagram on its way."""

    at: tuple[str, int]
    """Where it goes."""
    data: bytes


class Capture:
    """UDP as it goes over the network cards. Needs root: the test is skipped without."""

    def __init__(self) -> None:
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
        except PermissionError:
            pytest.skip("capturing packets needs root")
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RCVBUF)
        self._socket.setblocking(False)
        self._seen: list[Captured] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def rtp_to(self, host: str | None = None, port: int | None = None) -> list[Captured]:
        """Return the RTP (RFC 3550 section 5.1) that has gone to an address so far; None is any."""
        self._take()
        return [
            packet
            for packet in self._seen
            if host in (None, packet.at[0])
            and port in (None, packet.at[1])
            and len(packet.data) > 12
            and packet.data[0] >> 6 == 2
            and not 72 <= packet.data[1] & 0x7F <= 76  # RTCP (RFC 5761 section 4)
        ]

    def udp_to(self, host: str | None = None, port: int | None = None) -> list[Captured]:
        """Return every datagram that has gone to an address so far; None is any."""
        self._take()
        return [p for p in self._seen if host in (None, p.at[0]) and port in (None, p.at[1])]

    def _take(self) -> None:
        while True:
            try:
                data, address = self._socket.recvfrom(65535)
            except BlockingIOError:
                return
            head = (data[0] & 15) * 4
            if address[2] == _OUTGOING and data[0] >> 4 == 4 and data[9] == socket.IPPROTO_UDP:
                host = socket.inet_ntoa(data[16:20])
                port = int.from_bytes(data[head + 2 : head + 4])
                self._seen.append(Captured((host, port), data[head + 8 :]))
