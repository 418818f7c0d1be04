"""A HEP3 packet: the outer form of the Homer Encapsulation Protocol, version 3 (EEP). Pure.

`HEP3`, the length of all of it, then chunks: vendor (0: generic), type, length with these six bytes, value;
all numbers in network order.
"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass
from enum import IntEnum

LONGEST = 65_507
"""Bytes of a UDP packet over IPv4: 65 535 less the heads of IP and UDP (RFC 768)."""
_CHUNK = struct.Struct("!HHH")
_IPV4, _IPV6 = 2, 10
"""The address families of Linux, which the format has taken over."""
_PROTOCOLS = {"UDP": 17, "TCP": 6, "TLS": 6}
"""IP protocols (IANA); TLS is shown as what it runs over."""


class HepKind(IntEnum):
    """What is inside, by the protocol type of chunk 11."""

    SIP = 1
    RTCP = 5
    """As JSON, in the shape in which RTCP is brought by Homer's own agents."""
    QUALITY = 34
    """What the audio of a call came to, as JSON: the report of Homer's RTP agent."""
    LOG = 100


@dataclass(frozen=True, slots=True)
class HepPacket:
    """Something that went from `source` to `target` (`ip:port`) at a time, in Unix seconds."""

    at: float
    kind: HepKind
    source: str
    target: str
    call_id: str
    """The SIP Call-ID, by which Homer finds all that is of one call."""
    payload: bytes
    transport: str = "UDP"


def encode(packet: HepPacket, node: int, password: str = "") -> bytes:
    """Return the packet as it travels; `node` is the number by which Homer knows us.

    Raises ValueError when it is too long for UDP.
    """
    source, target = _place(packet.source), _place(packet.target)
    v6 = 6 in (source[0].version, target[0].version)
    family = source[0].version == target[0].version
    chunks = [
        _chunk(1, struct.pack("!B", _IPV6 if v6 else _IPV4)),
        _chunk(2, struct.pack("!B", _PROTOCOLS.get(packet.transport.upper(), 17))),
    ]
    if family:  # of two kinds neither can be told beside the other
        chunks += [_chunk(5 if v6 else 3, source[0].packed), _chunk(6 if v6 else 4, target[0].packed)]
    seconds = int(packet.at)
    micro = int((packet.at - seconds) * 1_000_000)
    chunks += [
        _chunk(7, struct.pack("!H", source[1])),
        _chunk(8, struct.pack("!H", target[1])),
        _chunk(9, struct.pack("!I", seconds)),
        _chunk(10, struct.pack("!I", micro)),
        _chunk(11, struct.pack("!B", packet.kind)),
        _chunk(12, struct.pack("!I", node)),
    ]
    if password:
        chunks.append(_chunk(14, password.encode()))
    if packet.call_id:
        chunks.append(_chunk(17, packet.call_id.encode()))
    chunks.append(_chunk(15, packet.payload))
    length = 6 + sum(map(len, chunks))
    if length > LONGEST:
        raise ValueError(f"{length} bytes do not fit into a UDP packet")
    return b"HEP3" + struct.pack("!H", length) + b"".join(chunks)


def _chunk(kind: int, value: bytes) -> bytes:
    if len(value) > LONGEST:
        raise ValueError(f"{len(value)} bytes do not fit into a UDP packet")
    return _CHUNK.pack(0, kind, 6 + len(value)) + value


def _place(text: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    """Read `ip:port`; what is none is shown as 0.0.0.0:0."""
    host, _, port = text.rpartition(":")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return ipaddress.IPv4Address(0), 0
    number = int(port) if port.isascii() and port.isdigit() else 0
    return address, number if number < 65_536 else 0
