"""A capture's packets as arrays: when, from which port, to which, and where the payload lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gateway.loadtest.capture import Block, Capture

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Packets:
    """UDP packets in order of time. Arrays of equal length."""

    data: Bytes
    at: Ints
    """CLOCK_MONOTONIC, ns."""
    source: Ints
    target: Ints
    start: Ints
    """Offset of the UDP payload in `data`."""
    size: Ints

    def __len__(self) -> int:
        return len(self.at)

    def take(self, which: NDArray[np.bool_] | Ints) -> Packets:
        """Some of them."""
        return Packets(
            self.data,
            self.at[which],
            self.source[which],
            self.target[which],
            self.start[which],
            self.size[which],
        )

    def payloads(self) -> Iterator[bytes]:
        """The payloads, one after the other."""
        for start, size in zip(self.start.tolist(), self.size.tolist(), strict=True):
            yield self.data[start : start + size].tobytes()


def read(capture: Capture) -> Packets:
    """Read a finished capture."""
    empty = not capture.path.exists() or not capture.path.stat().st_size
    data = np.zeros(16, np.uint8) if empty else np.memmap(capture.path, np.uint8, "r")
    return index(data, capture.blocks, capture.clock_offset)


def index(data: Bytes, blocks: list[Block], clock_offset: int) -> Packets:
    """Find the packets of a ring's blocks (`tpacket3_hdr` of linux/if_packet.h, IPv4 over Ethernet)."""
    heads = np.array(list(_heads(data, blocks)), np.int64)
    words = data.view("<u4")
    at = _word(words, heads, 1) * 1_000_000_000 + _word(words, heads, 2) - clock_offset
    network = data.view("<u2")[heads // 2 + 13].astype(np.int64)  # tp_net
    udp = heads + network + 4 * (data[heads + network] & 15).astype(np.int64)
    order = np.argsort(at, kind="stable")
    found = Packets(data, at, big16(data, udp), big16(data, udp + 2), udp + 8, big16(data, udp + 4) - 8)
    return found.take(order)


def _heads(data: Bytes, blocks: list[Block]) -> Iterator[int]:
    for block in blocks:
        here = block.start + block.first
        words = data[block.start : block.start + (1 << 20)].view("<u4")
        for _ in range(block.packets):
            yield here
            here += int(words[(here - block.start) >> 2])  # tp_next_offset


def _word(words: NDArray[np.uint32], heads: Ints, place: int) -> Ints:
    return words[heads // 4 + place].astype(np.int64)


def big16(data: Bytes, places: Ints) -> Ints:
    """Numbers of two bytes in network order."""
    return (data[places].astype(np.int64) << 8) | data[places + 1]


def big32(data: Bytes, places: Ints) -> Ints:
    """Numbers of four bytes in network order."""
    return (big16(data, places) << 16) | big16(data, places + 2)
