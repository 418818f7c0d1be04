"""RTP between a browser's connection, which has put the encryption on and off, and a call's line: as it is.

Nothing is decoded here, and nothing waits: what is lost, late or uneven is for whoever hears it, as of any
phone. Keys are put in between as events (RFC 4733), so that numbers move on by as many packets.
"""

from __future__ import annotations

import asyncio
import contextlib
import fractions
import secrets
import socket
import struct
from collections.abc import Callable
from typing import Any

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtp import RtpPacket

from gateway.media.handed_line import HandedLine

HEADER = struct.Struct("!BBHLL")
LARGEST = 2048
"""Bytes of a packet that is looked at; one of sound has 200."""
AT_ONCE = 16
"""Packets that are read before others have a turn."""
MOST_WAITING = 50
"""Packets for a browser that wait, a second, before the oldest are left out."""
NUMBER = 1 << 16
TIME = 1 << 32
FAR_S = 10
"""A timestamp so far off is another beginning."""

KEYS = "0123456789*#ABCD"
QUIET_S = 2.0
STUN_INDICATION = bytes.fromhex("001100002112a442")
"""Without the number of its own that follows: RFC 6263 section 4.4, RFC 8489 section 5."""

TICK_S, TICK = 0.02, 160
"""Of an event's packets, in seconds and in its clock of 8 kHz."""
KEY_TICKS, PAUSE_S, ENDS = 8, 0.1, 3
"""How long a key is held and how long none is; how often its end is told (RFC 4733 section 2.5.1.4)."""
VOLUME = 10
MOST_KEYS = 64
"""That wait for their turn; who presses more has them lost."""


class PacketRelay:
    """One call's. `rate`: timestamps a second of the codec that both sides speak (RFC 3551, RFC 7587).

    `home`: the host that the line's signalling comes from, whose packets are as good as those from where it
    says: a gateway behind a router says where the world sees it.
    """

    def __init__(self, rate: int, home: str = "") -> None:
        self._loop = asyncio.get_running_loop()
        self._rate, self._home = rate, home
        self._to = ("", 0)
        self._line: HandedLine | None = None
        self._socket: socket.socket | None = None
        self._ssrc = secrets.randbits(32)
        self._number, self._time = secrets.randbits(15), secrets.randbits(31)  # of the last packet
        self._added = 0  # packets of keys so far
        self._sent_at = self._loop.time()
        self._pressed: asyncio.Queue[str] = asyncio.Queue(MOST_KEYS)
        self._waiting: asyncio.Queue[av.Packet[Any]] = asyncio.Queue(MOST_WAITING)
        self._came: tuple[int, int] | None = (
            None  # the last from the line: its timestamp, and its time in all
        )
        self._came_at = self._loop.time()

    def open(self, line: HandedLine) -> None:
        """Take a line, in place of the one before."""
        self.close()
        self._line, self._to = line, (line.host, line.port)
        self._socket = socket.socket(fileno=line.descriptor)
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._read)

    @property
    def is_open(self) -> bool:
        """Whether there is a line."""
        return self._socket is not None

    @property
    def silent_s(self) -> float:
        """Seconds since the last packet of the line."""
        return self._loop.time() - self._came_at

    def close(self) -> None:
        """Let go of the line. Idempotent."""
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    # --- from the browser ---

    def from_browser(self, packet: RtpPacket) -> None:
        """Send a packet of the browser's on."""
        self._ssrc, self._number, self._time = packet.ssrc, packet.sequence_number, packet.timestamp
        self._sent_at = self._loop.time()
        if self._line is not None:
            number = packet.sequence_number + self._added
            self._send(self._line.sends, packet.marker, number, packet.timestamp, packet.payload)

    def keep_alive(self) -> None:
        """Show that somebody is there, where the browser sends nothing: it may only listen."""
        if self._line is None or self._socket is None or self._loop.time() - self._sent_at < QUIET_S:
            return
        with contextlib.suppress(OSError):
            shown = STUN_INDICATION + secrets.token_bytes(12)
            self._socket.sendto(shown, self._to)

    def press(self, keys: str) -> bool:
        """Press keys, after those pressed before; False where the line takes none."""
        if self._line is None or self._line.keys < 0:
            return False
        for key in keys:
            with contextlib.suppress(asyncio.QueueFull):
                self._pressed.put_nowait(key)
        return True

    async def send_keys(self) -> None:
        """Send what is pressed, one key after the other, for ever."""
        while True:
            await self._send_key(KEYS.index(await self._pressed.get()))
            await asyncio.sleep(PAUSE_S)

    async def _send_key(self, event: int) -> None:
        began = self._loop.time()
        at = self._time + round((began - self._sent_at) * self._rate)
        for tick in range(KEY_TICKS + ENDS):
            if self._line is None:
                return
            is_end = tick >= KEY_TICKS
            length = TICK * min(tick + 1, KEY_TICKS)
            payload = struct.pack("!BBH", event, 0x80 * is_end | VOLUME, length)
            self._added += 1
            self._send(self._line.keys, not tick, self._number + self._added, at, payload)
            if not is_end:
                await asyncio.sleep(max(0.0, began + (tick + 1) * TICK_S - self._loop.time()))

    def _send(self, kind: int, marker: int, number: int, time: int, payload: bytes) -> None:
        if self._socket is None or self._line is None:
            return
        header = HEADER.pack(0x80, 0x80 * bool(marker) | kind, number % NUMBER, time % TIME, self._ssrc)
        with contextlib.suppress(OSError):  # full, or nobody there: as of a packet that was lost
            self._socket.sendto(header + payload, self._to)

    # --- to the browser ---

    async def next_packet(self) -> av.Packet[Any]:
        """Return the next packet for the browser, once there is one."""
        return await self._waiting.get()

    def _read(self) -> None:
        for _ in range(AT_ONCE):
            if self._socket is None or self._line is None:
                return
            try:
                data, source = self._socket.recvfrom(LARGEST)
            except OSError:
                return
            if source[:2] == self._to or source[0] == self._home:
                self._to = source[:2]
                self._take(data, self._line.takes)

    def _take(self, data: bytes, kind: int) -> None:
        if len(data) < HEADER.size or data[1] & 0x7F != kind:
            return
        try:
            came = RtpPacket.parse(data)
        except ValueError:
            return
        self._came_at = self._loop.time()
        packet = av.Packet(came.payload)
        packet.pts, packet.time_base = self._in_all(came.timestamp), fractions.Fraction(1, self._rate)
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(packet)

    def _in_all(self, timestamp: int) -> int:
        """Return when a packet is due, counted from the first: streams of a line follow each other."""
        before, total = self._came or (timestamp, 0)
        step = (timestamp - before + TIME // 2) % TIME - TIME // 2
        if abs(step) > FAR_S * self._rate:
            step = self._rate // 50
        self._came = timestamp, total + step
        return total + step


class RelayedTrack(MediaStreamTrack):
    """What a browser is sent: packets as they come from a line."""

    kind = "audio"

    def __init__(self, next_packet: Callable[[], Any]) -> None:
        super().__init__()
        self._next = next_packet

    async def recv(self) -> av.Packet[Any]:
        """Return the next packet; called by the library."""
        if self.readyState != "live":
            raise MediaStreamError
        packet: av.Packet[Any] = await self._next()
        return packet


class AwaitedTrack(MediaStreamTrack):
    """What a browser is sent once it is known where that comes from; nothing until then."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._track: asyncio.Future[MediaStreamTrack] = asyncio.get_running_loop().create_future()

    def is_from(self, track: MediaStreamTrack) -> None:
        """Know it."""
        if not self._track.done():
            self._track.set_result(track)

    async def recv(self) -> Any:
        """Return the next frame or packet; called by the library."""
        if self.readyState != "live":
            raise MediaStreamError
        return await (await asyncio.shield(self._track)).recv()
