"""RTP as a phone sends and hears it: one thread paces every stream of a process and collects what comes.

Sending: packet n of a stream leaves at t0 + n * ptime of CLOCK_MONOTONIC, never "20 ms after the last one".
Hearing: each packet carries the kernel's own arrival time (SO_TIMESTAMPNS), so that a busy test process
does not blur what it measures. All times are CLOCK_MONOTONIC in nanoseconds; `to_monotonic` brings a wall
clock time from a log line onto the same scale.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, Self

import numpy as np

from tests.equipment import tone
from tests.equipment.acoustic_echo import AcousticEcho
from tests.equipment.tone import Pcm
from tests.equipment.wire_sip import PCMA, PCMU

MS = 1_000_000
"""Nanoseconds in a millisecond."""

_QUANTUM = 5 * MS
"""Grid on which streams start: many streams share few wake-ups and still do not send all at once."""
_SO_TIMESTAMPNS = 35  # asm-generic/socket.h; the socket module has no name for it
_HEADER = struct.Struct("!BBHII")


def to_monotonic(wall_ns: int) -> int:
    """Bring a CLOCK_REALTIME time onto the scale of CLOCK_MONOTONIC."""
    return wall_ns - time.time_ns() + time.monotonic_ns()


class Packet(NamedTuple):
    """One RTP packet as it arrived."""

    at: int
    """Arrival by the kernel's clock, CLOCK_MONOTONIC ns."""
    payload_type: int
    marker: bool
    seq: int
    timestamp: int
    ssrc: int
    payload: bytes
    source: tuple[str, int]


class Digit(NamedTuple):
    """An RFC 4733 event as heard: all packets that share a timestamp are one press."""

    digit: str
    ms: int
    ended: bool


@dataclass(eq=False)
class Utterance:
    """Something a phone says once; the times are when its first packet left and its last one ended."""

    packets: deque[_Outgoing] = field(repr=False)
    started_at: int = 0
    ended_at: int = 0

    @property
    def done(self) -> bool:
        """True when all of it was sent."""
        return bool(self.ended_at)


class _Outgoing(NamedTuple):
    payload: bytes
    payload_type: int
    marker: bool = False
    back: int = 0
    """Timestamp units to step back: the packets of a digit share the first one's timestamp."""
    lost: bool = False  # on its way


class Press(NamedTuple):
    """A packet of an RFC 4733 event, as it is to be sent."""

    payload: bytes
    marker: bool


class Cipher(Protocol):
    """SRTP both ways (RFC 3711)."""

    def protect(self, packet: bytes) -> bytes:
        """Encrypt a packet that is sent; b"" for one that cannot be."""

    def unprotect(self, packet: bytes) -> bytes:
        """Read one that came; b"" for one that cannot be read."""


class RtpStream:
    """One call's media: a socket, what it says, and everything that arrived."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(self._family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.socket.bind((host, port))
        self.socket.setblocking(False)
        self.local: tuple[str, int] = self.socket.getsockname()[:2]
        self.remote: tuple[str, int] | None = None
        self.payload_type = PCMU
        self.event_type: int | None = 101
        self.ptime = 20
        self.khz = 8
        """What timestamps count a millisecond: G.722's 8 too (RFC 3551 section 4.5.2), Opus' 48."""
        self.speaks_silence = True
        """Send silence while there is nothing to say, as phones do; False sends nothing: muted, vanished."""
        self.echoes_after: int | None = None
        """Send back what comes, so many packets later, while there is nothing to say: a loop."""
        self.room: AcousticEcho | None = None
        """Where the phone stands, if what it plays comes back to its microphone."""
        self._echoed = 0
        self._played = 0
        self.cipher: Cipher | None = None
        """What encrypts what is sent, and reads what comes (SRTP); None: plain RTP."""
        self.packets: list[Packet] = []
        self.strange: list[bytes] = []
        """What arrived and is not RTP version 2."""
        self.sent = 0
        self.sent_audio: list[tuple[int, bytes]] | None = None
        """What was sent of sound, and when, if somebody wants to know: set it to a list."""
        self.ssrc = int.from_bytes(np.random.default_rng().bytes(4))
        self._seq = int(np.random.default_rng().integers(0, 1000))
        self._timestamp = int(np.random.default_rng().integers(0, 1 << 20))
        self._saying: deque[Utterance] = deque()
        self.next_at = 0

    # --- speaking

    @property
    def samples(self) -> int:
        """Samples in a packet."""
        return self.ptime * 8

    def say(self, pcm: Pcm) -> Utterance:
        """Queue audio behind what is being said; the last packet is filled with silence."""
        missing = -len(pcm) % self.samples
        whole = np.concatenate([pcm, np.zeros(missing, np.int16)])
        encode = tone.alaw_encode if self.payload_type == PCMA else tone.ulaw_encode
        coded = encode(whole)
        cut = (coded[i : i + self.samples] for i in range(0, len(coded), self.samples))
        return self._queue([_Outgoing(payload, self.payload_type) for payload in cut])

    def press(self, digits: str, ms: int = 160, pause_ms: int = 100) -> Utterance:
        """Queue keys as RFC 4733 events: same timestamp for all packets of one, the end sent three times."""
        if self.event_type is None:
            raise ValueError("the far end did not take telephone-event")
        out: list[_Outgoing] = []
        quiet = _Outgoing(self._quiet(), self.payload_type)
        for digit in digits:
            event = "0123456789*#ABCD".index(digit)
            count = max(1, ms // self.ptime)
            for index in range(count + 3):
                end = index >= count
                length = min(index + 1, count) * self.samples
                payload = struct.pack("!BBH", event, (0x80 if end else 0) | 10, length)
                out.append(_Outgoing(payload, self.event_type, index == 0, index * self.samples))
            out += [quiet] * max(1, pause_ms // self.ptime)
        return self._queue(out)

    def press_raw(self, packets: list[Press], pause_ms: int = 100) -> Utterance:
        """Queue the packets of one press, all with the first one's timestamp, and some silence."""
        if self.event_type is None:
            raise ValueError("the far end did not take telephone-event")
        quiet = _Outgoing(self._quiet(), self.payload_type)
        out = [
            _Outgoing(packet.payload, self.event_type, packet.marker, index * self.samples)
            for index, packet in enumerate(packets)
        ]
        return self._queue(out + [quiet] * max(1, pause_ms // self.ptime))

    def say_raw(self, payload: bytes, payload_type: int, count: int = 1) -> Utterance:
        """Queue packets of any payload and any type: odd sizes, wrong codecs."""
        return self._queue([_Outgoing(payload, payload_type)] * count)

    def say_packets(self, payloads: Iterable[bytes | None], payload_type: int) -> Utterance:
        """Queue packets of a codec that the phone does not know, a `ptime` each; None: one that gets lost."""
        return self._queue(
            [_Outgoing(payload or b"", payload_type, lost=payload is None) for payload in payloads]
        )

    def lose(self, packets: int) -> None:
        """Skip so many numbers: packets that were sent and never came."""
        self._seq = (self._seq + packets) & 0xFFFF

    def hush(self) -> None:
        """Stop saying what is queued, in the middle of a word."""
        self._saying.clear()

    def send_bytes(self, data: bytes) -> None:
        """Put any datagram on the wire at once, towards the negotiated address."""
        if self.remote:
            self.socket.sendto(data, self.remote)

    def report(self, *, muxed: bool = False) -> None:
        """Send RTCP, a receiver report without blocks and a name (RFC 3550 6.1), from a port of its own.

        `muxed`: from and to the ports of RTP instead (RFC 5761).
        """
        name = struct.pack("!BBHIBB8sxx", 0x81, 202, 4, self.ssrc, 1, 8, b"phone@me")
        report = struct.pack("!BBHI", 0x80, 201, 1, self.ssrc) + name
        if muxed:
            self.send_bytes(report)
        elif self.remote:
            with socket.socket(self._family, socket.SOCK_DGRAM) as from_here:
                from_here.bind((self.local[0], 0))
                host, port = self.remote
                from_here.sendto(report, (host, port + 1))

    def _queue(self, packets: list[_Outgoing]) -> Utterance:
        utterance = Utterance(deque(packets))
        self._saying.append(utterance)
        return utterance

    def _quiet(self) -> bytes:
        return (b"\xd5" if self.payload_type == PCMA else b"\xff") * self.samples

    def tick(self, now: int) -> None:
        """Send the packet that is due, and put the next one on the grid."""
        self.next_at += self.ptime * MS
        timestamp, self._timestamp = self._timestamp, (self._timestamp + self.ptime * self.khz) & 0xFFFFFFFF
        packet = self._next(now)
        if packet is None or self.remote is None:
            return
        if self.room is not None and packet.payload_type == self.payload_type:
            packet = packet._replace(payload=self._in_room(self.room, packet))
        self._seq = (self._seq + 1) & 0xFFFF
        if packet.lost:
            return
        head = _HEADER.pack(
            0x80,
            packet.payload_type | (0x80 if packet.marker else 0),
            self._seq,
            (timestamp - packet.back) & 0xFFFFFFFF,
            self.ssrc,
        )
        sent = head + packet.payload
        if self.cipher is not None and not (sent := self.cipher.protect(sent)):
            return  # there are no keys yet
        try:
            self.socket.sendto(sent, self.remote)
        except OSError:
            return  # an ICMP "port unreachable" from an earlier packet: the far end is gone, or not yet there
        self.sent += 1
        if self.sent_audio is not None and packet.payload_type == self.payload_type:
            self.sent_audio.append((now, packet.payload))

    def _next(self, now: int) -> _Outgoing | None:
        while self._saying:
            utterance = self._saying[0]
            if utterance.packets:
                utterance.started_at = utterance.started_at or now
                packet = utterance.packets.popleft()
                if not utterance.packets:
                    utterance.ended_at = now + self.ptime * MS
                    self._saying.popleft()
                return packet
            self._saying.popleft()
        if self.echoes_after is not None and len(self.packets) > self._echoed + self.echoes_after:
            self._echoed += 1
            return _Outgoing(self.packets[self._echoed - 1].payload, self.payload_type)
        return _Outgoing(self._quiet(), self.payload_type) if self.speaks_silence else None

    def _in_room(self, room: AcousticEcho, packet: _Outgoing) -> bytes:
        came, self._played = self.packets[self._played :], len(self.packets)
        for each in filter(is_audio, came):
            room.hear(decode(each))
        law = (
            (tone.alaw_decode, tone.alaw_encode)
            if self.payload_type == PCMA
            else (tone.ulaw_decode, tone.ulaw_encode)
        )
        return law[1](room.back(law[0](packet.payload)))

    # --- hearing

    def collect(self, offset: int) -> bool:
        """Take one datagram from the socket; `offset` is CLOCK_REALTIME minus CLOCK_MONOTONIC."""
        try:
            data, control, _, source = self.socket.recvmsg(2048, 64)
        except OSError:
            return False
        if self.cipher is not None:
            data = self.cipher.unprotect(data)
        if len(data) < 12 or data[0] >> 6 != 2:
            self.strange.append(data)
            return True
        seconds, nanos = struct.unpack("qq", control[0][2][:16])
        first, second, seq, timestamp, ssrc = _HEADER.unpack_from(data)
        body = data[12 + 4 * (first & 15) :]
        at = seconds * 1_000_000_000 + nanos - offset
        self.packets.append(
            Packet(at, second & 0x7F, bool(second & 0x80), seq, timestamp, ssrc, body, source[:2])
        )
        return True

    def audio(self) -> list[Packet]:
        """Packets that carry the negotiated codec, in order of arrival."""
        return list(filter(is_audio, self.packets))

    def heard(self, since: int = 0) -> Pcm:
        """All audio laid out by RTP timestamp, holes as silence, from the first packet after `since`.

        A new SSRC (a re-INVITE may bring one) starts where its first packet arrived.
        """
        packets = [packet for packet in self.audio() if packet.at >= since]
        if not packets:
            return tone.silence(0)
        base: dict[int, tuple[int, int]] = {}
        places: list[tuple[int, Pcm]] = []
        for packet in packets:
            if packet.ssrc not in base:
                base[packet.ssrc] = packet.timestamp, round((packet.at - packets[0].at) / MS * 8)
            start, shift = base[packet.ssrc]
            steps = (packet.timestamp - start + 0x80000000) % 0x100000000 - 0x80000000
            places.append((steps + shift, decode(packet)))
        first = min(place for place, _ in places)
        out = np.zeros(max(place + len(pcm) for place, pcm in places) - first, np.int16)
        for place, pcm in places:
            out[place - first : place - first + len(pcm)] = pcm
        return out

    def gaps(self, since: int = 0, until: int | None = None) -> np.ndarray:
        """Milliseconds between one audio packet's arrival and the next one's."""
        at = [p.at for p in self.audio() if p.at >= since and (until is None or p.at <= until)]
        return np.diff(np.array(at, dtype=np.int64)) / MS

    def lost(self) -> int:
        """Sequence numbers that never came, per SSRC."""
        missing = 0
        for ssrc in {packet.ssrc for packet in self.packets}:
            seqs = np.unwrap([float(p.seq) for p in self.packets if p.ssrc == ssrc], period=65536)
            missing += int(seqs.max() - seqs.min()) + 1 - len(set(seqs))
        return missing

    def loud(self, since: int = 0, peak: int = 300) -> list[Packet]:
        """Audio packets in which there is sound."""
        return [p for p in self.audio() if p.at >= since and is_loud(p, peak)]

    def first_sound(self, since: int = 0) -> int | None:
        """Arrival of the first packet with sound in it."""
        return next((p.at for p in self.audio() if p.at >= since and is_loud(p)), None)

    def last_sound(self) -> int | None:
        """Arrival of the newest packet with sound in it."""
        return next((p.at for p in reversed(self.packets) if is_audio(p) and is_loud(p)), None)

    def quiet_ms(self) -> float:
        """Milliseconds of audio without sound that came since the newest packet with sound."""
        since = itertools.takewhile(lambda p: not is_loud(p), filter(is_audio, reversed(self.packets)))
        return sum(len(packet.payload) for packet in since) / 8

    def digits(self) -> list[Digit]:
        """Keys that the far end pressed."""
        presses: dict[tuple[int, int], Digit] = {}
        for packet in self.packets:
            if packet.payload_type == self.event_type and len(packet.payload) == 4:
                event, flags, length = struct.unpack("!BBH", packet.payload)
                key = "0123456789*#ABCD"[event] if event < 16 else f"<{event}>"
                presses[packet.ssrc, packet.timestamp] = Digit(key, length // 8, bool(flags & 0x80))
        return list(presses.values())


def decode(packet: Packet) -> Pcm:
    """Decode a packet of G.711."""
    return (tone.alaw_decode if packet.payload_type == PCMA else tone.ulaw_decode)(packet.payload)


def is_audio(packet: Packet) -> bool:
    """Return whether a packet carries G.711."""
    return packet.payload_type in {PCMU, PCMA}


def is_loud(packet: Packet, peak: int = 300) -> bool:
    """Return whether a packet of G.711 holds sound above a peak."""
    pcm = decode(packet)
    return bool(len(pcm)) and int(np.abs(pcm.astype(np.int32)).max()) > peak


class Pump:
    """The one thread that sends all streams' packets on time and collects what arrives for them."""

    def __init__(self) -> None:
        self._due: list[tuple[int, int, RtpStream]] = []
        self._by_fd: dict[int, RtpStream] = {}
        self._arrivals = select.epoll()
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._waiting: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="rtp-pump", daemon=True)
        self.worst_late_ns = 0
        """The most that a packet of ours left too late: a generator that stutters measures nothing."""
        self.heard_until = 0
        """All that had arrived by then is collected. On a busy machine that is not now: whoever asks whether
        something has not come has to ask by this clock."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for stream in self._by_fd.values():
            stream.socket.close()
        self._arrivals.close()

    def listen(self, stream: RtpStream) -> None:
        """Collect what arrives for a stream from now on."""
        self._by_fd[stream.socket.fileno()] = stream
        self._arrivals.register(stream.socket, select.EPOLLIN)

    def start(self, stream: RtpStream) -> None:
        """Begin to send a stream's packets, the first one at the next point of the grid."""
        stream.next_at = (time.monotonic_ns() // _QUANTUM + 1) * _QUANTUM
        with self._lock:
            heapq.heappush(self._due, (stream.next_at, next(self._order), stream))

    def stop(self, stream: RtpStream) -> None:
        """Send no more of a stream; what arrives is still collected."""
        with self._lock:
            self._due = [entry for entry in self._due if entry[2] is not stream]
            heapq.heapify(self._due)

    def forget(self, stream: RtpStream) -> None:
        """Send no more, collect no more, close the socket."""
        self.stop(stream)
        if self._by_fd.pop(stream.socket.fileno(), None):
            self._arrivals.unregister(stream.socket)
        stream.socket.close()

    async def until(self, fact: Callable[[], object], what: str = "the expected sound") -> None:
        """Wait until a condition on streams holds; it is looked at whenever something was sent or arrived."""
        changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._waiting.add(changed)
        try:
            while not fact():
                changed.clear()
                await changed.wait()
        except asyncio.CancelledError as reason:
            reason.add_note(f"while waiting for {what}")
            raise
        finally:
            self._waiting.discard(changed)

    def _wake(self) -> None:
        for changed in self._waiting:
            changed.set()

    def _run(self) -> None:
        wait = 0.0
        while not self._stop.wait(wait):
            self._send()
            self._receive()
            if self._waiting and self._loop:
                with contextlib.suppress(RuntimeError):  # the loop closed between our last look and this one
                    self._loop.call_soon_threadsafe(self._wake)
            now = time.monotonic_ns()
            with self._lock:
                upcoming = self._due[0][0] if self._due else now + _QUANTUM
            wait = max(0.0, min(upcoming - now, _QUANTUM) / 1e9)

    def _send(self) -> None:
        with self._lock:
            while self._due and self._due[0][0] <= (now := time.monotonic_ns()):
                due, order, stream = self._due[0]
                self.worst_late_ns = max(self.worst_late_ns, now - due)
                stream.tick(now)
                heapq.heapreplace(self._due, (stream.next_at, order, stream))

    def _receive(self) -> None:
        now = time.monotonic_ns()
        offset = time.time_ns() - now
        while ready := self._arrivals.poll(0, 256):
            for fd, _ in ready:
                stream = self._by_fd.get(fd)
                if stream:
                    stream.collect(offset)
        self.heard_until = now
