"""Blocks of the kernel's ring become arrays."""

from __future__ import annotations

import struct

import numpy as np

from gateway.loadtest.capture import Block
from gateway.loadtest.packets import big16, big32, index

HEAD = 48
"""Of a block; the packets' own heads have as much (linux/if_packet.h, rounded to 16)."""


def _entry(seconds: int, nanos: int, source: int, target: int, payload: bytes) -> bytes:
    udp = struct.pack("!HHHH", source, target, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1")
    network = 82 + 14  # where the kernel puts it: after its head, an address and the Ethernet header
    body = ip + udp
    size = network + len(body)
    size += -size % 16
    length = 14 + len(body)
    head = struct.pack("=IIIIIIHH", size, seconds, nanos, length, length, 1, network - 14, network)
    return (head.ljust(network, b"\0") + body).ljust(size, b"\0")


def test_two_blocks() -> None:
    """Time, ports and payload of each packet, in order of time."""
    first = bytes(HEAD) + _entry(5, 30, 11, 12, b"third") + _entry(5, 10, 13, 14, b"first")
    second = bytes(HEAD) + _entry(5, 20, 65535, 1, b"")
    data = np.frombuffer(first + second, np.uint8)
    found = index(data, [Block(0, 2, HEAD), Block(len(first), 1, HEAD)], clock_offset=5_000_000_000)
    assert found.at.tolist() == [10, 20, 30]
    assert found.source.tolist() == [13, 65535, 11]
    assert found.target.tolist() == [14, 1, 12]
    assert list(found.payloads()) == [b"first", b"", b"third"]
    assert list(found.take(found.source == 11).payloads()) == [b"third"]


def test_network_order() -> None:
    """The first byte is the great one."""
    data = np.array([1, 2, 3, 255], np.uint8)
    assert big16(data, np.array([0, 2])).tolist() == [258, 1023]
    assert big32(data, np.array([0])).tolist() == [0x010203FF]
