"""Packets between a browser and a line, over real sockets."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator, Iterator

import pytest
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtpPacket

from gateway.browser.packet_relay import AwaitedTrack, PacketRelay, RelayedTrack
from gateway.media.handed_line import HandedLine
from tests.equipment import patience

OPUS, EVENTS, THEIRS = 96, 101, 107


@pytest.fixture
def far() -> Iterator[socket.socket]:
    """A gateway's RTP socket."""
    with udp() as made:
        yield made


@pytest.fixture
async def relay(far: socket.socket) -> AsyncIterator[PacketRelay]:
    """A relay whose line leads there."""
    made = PacketRelay(48_000)
    made.open(line_to(far))
    yield made
    made.close()


def udp() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(10)
    return made


def line_to(far: socket.socket, keys: int = EVENTS) -> HandedLine:
    with udp() as own:
        host, port = far.getsockname()
        return HandedLine(os.dup(own.fileno()), host, port, sends=OPUS, takes=THEIRS, keys=keys)


def said(number: int, time: int, payload: bytes = b"sound") -> RtpPacket:
    return RtpPacket(111, 0, number, time, 0xCAFE, payload)


async def came(far: socket.socket) -> RtpPacket:
    return RtpPacket.parse(await asyncio.to_thread(far.recv, 2048))


def answered(far: socket.socket, relay: PacketRelay, time: int, payload: bytes, kind: int = THEIRS) -> None:
    """Send the relay a packet of the line's."""
    assert relay._socket is not None
    header = struct.pack("!BBHLL", 0x80, kind, 1, time % 2**32, 7)
    far.sendto(header + payload, relay._socket.getsockname())


async def test_what_a_browser_says(far: socket.socket, relay: PacketRelay) -> None:
    """Leaves as it is, under the line's payload type; what was lost before stays lost."""
    for number, time in ((65535, 2**32 - 960), (0, 0), (2, 1920)):
        relay.from_browser(said(number, time))
    packets = [await came(far) for _ in range(3)]
    assert [packet.sequence_number for packet in packets] == [65535, 0, 2]
    assert [packet.timestamp for packet in packets] == [2**32 - 960, 0, 1920]
    assert {(one.payload_type, one.ssrc, one.payload) for one in packets} == {(OPUS, 0xCAFE, b"sound")}


async def test_what_a_line_says(far: socket.socket, relay: PacketRelay) -> None:
    """Comes in its own time, counted on where timestamps wrap or another stream begins; no keys, no noise."""
    track = RelayedTrack(relay.next_packet)
    for time in (2**32 - 960, 0, 1920, 3_000_000_000):
        answered(far, relay, time, b"%d" % time)
    answered(far, relay, 0, b"event", EVENTS)
    with udp() as stranger:
        answered(stranger, relay, 0, b"stranger")
    far.sendto(b"short", relay._socket.getsockname())  # type: ignore[union-attr] # it is open
    answered(far, relay, 3_000_000_960, b"last")
    async with patience.within(10):
        packets = [await track.recv() for _ in range(5)]
    assert [packet.pts for packet in packets] == [0, 960, 2880, 3840, 4800]
    assert bytes(packets[-1]) == b"last"
    assert relay.silent_s < 10
    track.stop()
    with pytest.raises(MediaStreamError):
        await track.recv()


async def test_a_line_that_says_where_the_world_sees_it(far: socket.socket) -> None:
    """Is believed to be where its signalling comes from, too, and answered there."""
    relay = PacketRelay(8000, home="127.0.0.1")
    with udp() as own:
        relay.open(HandedLine(os.dup(own.fileno()), "203.0.113.5", 4000, sends=0, takes=8, keys=101))
    answered(far, relay, 0, b"sound", 8)
    async with patience.within(10):
        assert bytes(await relay.next_packet()) == b"sound"
    relay.from_browser(said(1, 160))
    assert (await came(far)).sequence_number == 1
    relay.close()


async def test_keys(far: socket.socket, relay: PacketRelay) -> None:
    """Are events between what is said, whose numbers move on; each ends three times (RFC 4733)."""
    relay.from_browser(said(10, 960))
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(relay.send_keys())
        assert relay.press("4#")
        packets = [await came(far) for _ in range(1 + 2 * 11)]
        relay.from_browser(said(11, 1920))
        packets.append(await came(far))
        sending.cancel()
    assert [packet.sequence_number for packet in packets] == list(range(10, 34))
    first, second = packets[1:12], packets[12:23]
    for event, of_key in ((4, first), (11, second)):
        assert {packet.payload_type for packet in of_key} == {EVENTS}
        assert len({packet.timestamp for packet in of_key}) == 1
        assert [packet.marker for packet in of_key] == [1] + 10 * [0]
        told = [struct.unpack("!BBH", packet.payload) for packet in of_key]
        assert {one[0] for one in told} == {event}
        assert [one[1] >> 7 for one in told] == 8 * [0] + 3 * [1]
        assert [one[2] for one in told] == [160, 320, 480, 640, 800, 960, 1120, 1280, 1280, 1280, 1280]


async def test_a_line_that_takes_no_keys(far: socket.socket) -> None:
    """Is told of none, and who asks is told so; neither is one that is not there yet."""
    relay = PacketRelay(8000)
    assert not relay.press("1")
    relay.from_browser(said(1, 160))
    relay.open(line_to(far, keys=-1))
    assert not relay.press("1")
    relay.close()


async def test_a_browser_that_only_listens(
    far: socket.socket, relay: PacketRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is shown to be there, as nothing else comes of it."""
    monkeypatch.setattr("gateway.browser.packet_relay.QUIET_S", 0.0)
    await asyncio.sleep(0.01)
    relay.keep_alive()
    told = await asyncio.to_thread(far.recv, 2048)
    assert (len(told), told[:8].hex()) == (20, "001100002112a442")


async def test_a_browser_that_does_not_read(far: socket.socket, relay: PacketRelay) -> None:
    """Has the last second when it does."""
    for number in range(60):
        answered(far, relay, 960 * number, b"%d" % number)
        await asyncio.sleep(0)
    answered(far, relay, 960 * 60, b"60")
    async with patience.within(10):
        while bytes(await relay.next_packet()) != b"60":
            assert relay._waiting.qsize() <= 50


async def test_a_track_of_which_it_is_not_known_yet(relay: PacketRelay, far: socket.socket) -> None:
    """Sends nothing until it is; what it is from first, it is from."""
    track = AwaitedTrack()
    async with patience.within(10), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(track.recv())
        await asyncio.sleep(0)
        track.is_from(RelayedTrack(relay.next_packet))
        track.is_from(AwaitedTrack())
        answered(far, relay, 0, b"first")
        assert bytes(await waiting) == b"first"
    track.stop()
    with pytest.raises(MediaStreamError):
        await track.recv()
