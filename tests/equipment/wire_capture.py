"""What really leaves the machine: every RTP packet on every interface, taken from under the programs.

with Capture() as capture:
    ...
    assert capture.rtp_to(port=40_000) == []
"""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import Sequence
from typing import NamedTuple, Self

import pytest

_ETH_P_ALL = 3
_OUTGOING = 4  # linux/if_packet.h; on the loopback each packet is seen twice, going and coming
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE = 26, 33  # asm-generic/socket.h; the socket module has no names for them
_RCVBUF = 32 << 20

_TIMESTAMPS = 35  # SO_TIMESTAMPNS, and the type of the message that carries one
_OUTGOING_UDP = (
    (0x30, 0, 0, 0xFFFFF004),  # which way the packet goes (SKF_AD_PKTTYPE)
    (0x15, 0, 3, _OUTGOING),
    (0x30, 0, 0, 9),  # the protocol of its IP header
    (0x15, 0, 1, socket.IPPROTO_UDP),
    (0x06, 0, 0, 0xFFFFFFFF),
    (0x06, 0, 0, 0),
)
"""What is kept. A test looks at the end, and all else on the machine would have filled the buffer by then."""
DYNAMIC_RTP = (
    (0x30, 0, 0, 0xFFFFF004),
    (0x15, 0, 6, _OUTGOING),
    (0x30, 0, 0, 9),
    (0x15, 0, 4, socket.IPPROTO_UDP),
    (0x30, 0, 0, 29),  # the payload type of RTP, behind headers of 20 and 8 bytes
    (0x54, 0, 0, 0x7F),
    (0x35, 0, 1, 96),
    (0x06, 0, 0, 0xFFFFFFFF),
    (0x06, 0, 0, 0),
)
"""Of that, RTP whose codec has no payload type of its own, such as Opus."""


class Captured(NamedTuple):
    """One UDP datagram on its way."""

    at: tuple[str, int]
    """Where it goes."""
    data: bytes
    time: float
    """When, in seconds of CLOCK_REALTIME, by the kernel."""


class Capture:
    """UDP as it goes over the network cards. Needs root: the test is skipped without.

    `kept`: which of it, as instructions of linux/filter.h.
    """

    def __init__(self, kept: Sequence[tuple[int, int, int, int]] = _OUTGOING_UDP) -> None:
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
        except PermissionError:
            pytest.skip("capturing packets needs root")
        program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in kept))
        attached = struct.pack("@HP", len(kept), ctypes.addressof(program))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, attached)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RCVBUF)
        self._socket.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)
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
                data, beside, _flags, address = self._socket.recvmsg(65535, 64)
            except BlockingIOError:
                return
            if address[2] == _OUTGOING and data[0] >> 4 == 4 and data[9] == socket.IPPROTO_UDP:
                head = (data[0] & 15) * 4
                host = socket.inet_ntoa(data[16:20])
                port = int.from_bytes(data[head + 2 : head + 4])
                seconds, rest_ns = struct.unpack("@ll", beside[0][2])
                self._seen.append(Captured((host, port), data[head + 8 :], seconds + rest_ns / 1e9))
