"""RTP and RTCP that are nearly right, or not at all: the seed decides all.

What is whole among it carries a loud tone, so that it can be told whether anybody took it for his caller's.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

from tests.equipment import tone

TONE_HZ = 1900
PAYLOAD_TYPES = (0, 0, 0, 8, 13, 101, 96, 127, 72, 73, 76)
"""The last ones are what RTCP looks like to whoever takes it for RTP (RFC 5761 section 4)."""
MOST = 9000
"""Bytes of a packet."""


class RtpMutator:
    """Makes packets. Two with the same seed make the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._sound = tone.ulaw_encode(tone.sine(TONE_HZ, 1000))
        self._seq = self.random.randrange(1 << 16)
        self._ssrc = self.random.randrange(1 << 32)
        spoilers: list[Callable[[bytes], bytes]] = [
            *(self._bits, self._cut, self._longer, self._sources, self._extension, self._padding, self._jump)
        ]
        self._spoilers = spoilers

    def rtp(self) -> bytes:
        """Return a packet for a port of RTP."""
        kind = self.random.random()
        if kind < 0.1:
            return self._other()
        if kind < 0.2:
            return self.rtcp()
        packet = self._whole()
        if kind < 0.4:
            return packet
        for spoil in self.random.choices(self._spoilers, k=self.random.choice((1, 1, 2, 3))):
            packet = spoil(packet)
        return packet[:MOST]

    def rtcp(self) -> bytes:
        """Return a packet for a port of RTCP: one or several reports, whole or spoiled."""
        reports = b"".join(self._report() for _ in range(self.random.choice((1, 1, 2, 3, 40))))
        if self.random.random() < 0.5:
            reports = self.random.choice((self._bits, self._cut, self._longer))(reports)
        return reports[:MOST]

    # --- what is whole

    def _whole(self) -> bytes:
        self._seq = (self._seq + 1) % (1 << 16)
        at = self._seq * 160
        kind = self.random.choice(PAYLOAD_TYPES)
        payload = self._sound[at % 7840 :][:160] if kind != 101 else self._event()
        marker = self.random.choice((0, 0, 0, 0x80))
        return struct.pack("!BBHII", 0x80, marker | kind, self._seq, at, self._ssrc) + payload

    def _event(self) -> bytes:
        chance = self.random
        return struct.pack("!BBH", chance.randrange(256), chance.randrange(256), chance.randrange(1 << 16))

    def _report(self) -> bytes:
        """Return a report of some kind, whose counts and lengths need not fit (RFC 3550 section 6.4)."""
        chance = self.random
        kind = chance.choice((200, 201, 202, 203, 204, 205, 206, 207, 192, 199, 255))
        count = chance.choice((0, 1, 1, 2, 31))
        body = chance.randbytes(4 * chance.choice((1, 6, 7, 12, 40)))
        if kind == 202:
            body = struct.pack("!I", self._ssrc) + bytes([1, chance.choice((4, 255))]) + b"name" + bytes(2)
        length = len(body) // 4 if chance.random() < 0.7 else chance.choice((0, 1, 1000, 65535))
        return struct.pack("!BBH", 0x80 | count, kind, length) + body

    def _other(self) -> bytes:
        """Return what else comes to such ports (RFC 7983): STUN, DTLS, ZRTP, TURN, noise, nothing."""
        chance = self.random
        stun = struct.pack("!HHI", 1, chance.choice((0, 8, 65535)), 0x2112A442) + chance.randbytes(12)
        dtls = b"\x16\xfe\xfd" + chance.randbytes(chance.choice((10, 60, 1000)))
        noise = chance.randbytes(chance.choice((1, 3, 11, 12, 13, 200, 1500, MOST)))
        return chance.choice((stun, dtls, b"\x10\x00ZRTP" + noise, b"\x40\x01" + noise, noise, b""))

    # --- what spoils it

    def _bits(self, packet: bytes) -> bytes:
        spoiled = bytearray(packet)
        for _ in range(self.random.choice((1, 1, 2, 8))):
            if spoiled:
                at = self.random.randrange(min(len(spoiled), self.random.choice((2, 12, 16, 9000))))
                spoiled[at] = self.random.choice((0, 0xFF, 0x7F, 0x80, self.random.randrange(256)))
        return bytes(spoiled)

    def _cut(self, packet: bytes) -> bytes:
        return packet[: self.random.randrange(len(packet) + 1)]

    def _longer(self, packet: bytes) -> bytes:
        return packet + packet[12:] * self.random.choice((1, 2, 9, 60))

    def _sources(self, packet: bytes) -> bytes:
        """Count contributing sources that are not there."""
        return self._first(packet, self.random.randrange(1, 16))

    def _extension(self, packet: bytes) -> bytes:
        """Announce a header extension of a length of its own."""
        length = self.random.choice((0, 1, 39, 40, 41, 65535))
        return self._first(packet[:12], 0x10) + struct.pack("!HH", 0xBEDE, length) + packet[12:]

    def _padding(self, packet: bytes) -> bytes:
        """End with a count of bytes that are to be left out."""
        return self._first(packet, 0x20)[:-1] + bytes([self.random.choice((0, 1, 4, 160, 161, 172, 255))])

    def _jump(self, packet: bytes) -> bytes:
        """Be another stream, or another place in it."""
        chance = self.random
        numbers = (
            chance.randrange(1 << 16),
            chance.choice((0, 1 << 31, (1 << 32) - 1)),
            chance.randrange(1 << 32),
        )
        return packet[:2] + struct.pack("!HII", *numbers) + packet[12:]

    @staticmethod
    def _first(packet: bytes, bits: int) -> bytes:
        return bytes([packet[0] | bits]) + packet[1:] if packet else packet
