"""Packets of the loopback as the kernel saw them: an AF_PACKET ring (TPACKET_V3), copied to a file by blocks.

One system call a megabyte: capturing 20 000 packets a second costs a percent of a core, and our own delays
change no time stamp. Linux only, and root (CAP_NET_RAW).
Sources: packet(7), the kernel's Documentation/networking/packet_mmap.rst, linux/filter.h.
"""

from __future__ import annotations

import mmap
import select
import socket
import struct
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from gateway.errors import BadInput

BLOCK = 1 << 20
BLOCKS = 64
"""64 MB: ten seconds of 200 conversations, should our thread be kept waiting."""
RETIRE_MS = 100
"""A block that is not full is handed over after this."""

_SOL_PACKET, _RX_RING, _STATISTICS, _VERSION, _TPACKET_V3 = 263, 5, 6, 10, 2  # linux/if_packet.h
_SO_ATTACH_FILTER = 26
_ETH_P_IP = 0x0800
_BLOCK_HEAD = struct.Struct("=IIIII")  # version, private area, status, packets, first packet
_STATUS, _LENGTH = 8, 20  # where status and length of a block stand in it

Ports = tuple[int, int]


def check() -> None:
    """Raise BadInput where we may not listen."""
    _packet_socket().close()


def _packet_socket() -> socket.socket:
    try:
        return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    except PermissionError:
        cure = "run it as root (CAP_NET_RAW): it listens to packets"
        raise BadInput("load test", "capture", "loopback", cure) from None


class Block(NamedTuple):
    """Where one block lies in the file."""

    start: int
    packets: int
    first: int


class Capture:
    """Writes UDP packets that come from or go to some port ranges into a file, while the context lasts."""

    def __init__(self, path: Path, ports: tuple[Ports, ...]) -> None:
        self.path = path
        self.blocks: list[Block] = []
        self.dropped = 0
        """Packets that the kernel had no room for; anything but 0 spoils the measurement."""
        self.clock_offset = 0
        """CLOCK_REALTIME (the packets' times) minus CLOCK_MONOTONIC, in ns, at the end."""
        self._socket = _packet_socket()
        self._socket.setsockopt(_SOL_PACKET, _VERSION, _TPACKET_V3)
        frames = BLOCK // 2048
        ring = struct.pack("IIIIIII", BLOCK, BLOCKS, 2048, frames * BLOCKS, RETIRE_MS, 0, 0)
        self._socket.setsockopt(_SOL_PACKET, _RX_RING, ring)
        program = udp_filter(ports)
        code = b"".join(struct.pack("HBBI", *step) for step in program)
        self._code = (address := memoryview(bytearray(code)))  # must live as long as the call below
        self._attach(address, len(program))
        self._ring = mmap.mmap(self._socket.fileno(), BLOCK * BLOCKS)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    def __enter__(self) -> Self:
        self._socket.bind(("lo", _ETH_P_IP))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.wait(2 * RETIRE_MS / 1000)  # the last packets' block must be handed over first
        self._stop.set()
        self._thread.join()
        self.clock_offset = time.time_ns() - time.monotonic_ns()
        statistics = self._socket.getsockopt(_SOL_PACKET, _STATISTICS, 12)
        self.dropped = struct.unpack("III", statistics)[1]
        self._ring.close()
        self._socket.close()

    def _attach(self, code: memoryview, steps: int) -> None:
        import ctypes  # noqa: PLC0415 - only to learn an address

        place = ctypes.addressof(ctypes.c_char.from_buffer(code))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HxxxxxxQ", steps, place))

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        number, written = 0, 0
        with self.path.open("wb") as file:
            while True:
                start = number * BLOCK
                _, _, status, packets, first = _BLOCK_HEAD.unpack_from(self._ring, start)
                if not status & 1:  # TP_STATUS_USER: ours to read
                    if self._stop.is_set():
                        return
                    poll.poll(RETIRE_MS)
                    continue
                if packets:
                    (length,) = struct.unpack_from("=I", self._ring, start + _LENGTH)
                    length += -length % 16
                    file.write(self._ring[start : start + length])
                    self.blocks.append(Block(written, packets, first))
                    written += length
                struct.pack_into("=I", self._ring, start + _STATUS, 0)
                number = (number + 1) % BLOCKS


def udp_filter(ports: tuple[Ports, ...]) -> list[tuple[int, int, int, int]]:
    """Assemble a classic BPF program: incoming UDP with either port in a range; no ranges, all UDP.

    Each packet on the loopback is seen going out and coming in; one of the two is enough. Steps are
    `(code, jump if true, jump if false, value)`; jumps count steps.
    """
    load_packet_type, outgoing = 0xFFFFF000 + 4, 4  # SKF_AD_OFF + SKF_AD_PKTTYPE, PACKET_OUTGOING
    tests: list[tuple[int, int, int, int]] = []
    checks = [(field, low, high) for field in (14, 16) for low, high in ports]  # after the Ethernet header
    for index, (field, low, high) in enumerate(checks):
        left = len(checks) - index - 1
        tests += [
            (0x48, 0, 0, field),  # ldh [x + field]
            (0x35, 0, 1, low),  # jge low, next, skip one
            (0x25, 0, 1 + 3 * left, high),  # jgt high, next check, keep
        ]
    keep, drop = (0x06, 0, 0, 0x40000), (0x06, 0, 0, 0)
    length = len(tests)
    program = [
        (0x20, 0, 0, load_packet_type),  # ld packet type
        (0x15, 4 + length - 1 if tests else 3, 0, outgoing),  # jeq outgoing, drop
        (0x30, 0, 0, 23),  # ldb the IP protocol
        (0x15, 0, 2 + length - 1 if tests else 1, 17),  # jeq UDP, next, drop
    ]
    if not tests:
        return [*program, keep, drop]
    return [*program, (0xB1, 0, 0, 14), *tests, drop, keep]  # ldxb 4 * ([14] & 0xf)
