"""What peers hold by TCP connections alone, with connections that are really opened."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway.sip.connections import ConnectionBounds, ConnectionLog, affordable
from gateway.source_limits import SourceLimits
from tests.equipment import patience
from tests.equipment.process import Process
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Exchange, exchange, needs_guard

pytestmark = needs_guard

SOON = 1.0
"""The half-open time of these tests, in s; connections are looked at every second."""
LONG = 600.0
ANOTHER_SOURCE = "127.0.0.2"


class Peer:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, text: str) -> None:
        self._writer.write(text.encode())

    async def hears(self, patient_seconds: float = 5) -> str:
        """Wait for a message without a body."""
        async with patience.within(patient_seconds):
            return (await self._reader.readuntil(b"\r\n\r\n")).decode()

    async def closed(self, patient_seconds: float = 5) -> bool:
        """Return whether the other side closes within the time."""
        try:
            async with patience.within(patient_seconds):
                while await self._reader.read(4096):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True

    @property
    def open(self) -> bool:
        """True while nothing has told us of an end."""
        return not self._reader.at_eof()


@asynccontextmanager
async def peer(sip: Exchange, host: str = "127.0.0.1") -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection(*sip.address, local_addr=(host, 0))
    try:
        yield Peer(reader, writer)
    finally:
        writer.close()


def options(number: int = 1) -> str:
    return (
        "OPTIONS sip:gateway@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/TCP 127.0.0.1:9;rport;branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n"
        f"From: <sip:peer@127.0.0.1>;tag={number}\r\nTo: <sip:gateway@127.0.0.1>\r\n"
        f"Call-ID: {number}\r\nCSeq: {number} OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )


def bounded(*, per_source: int = 100, exempt: str = "192.0.2.0/24", **bounds: Any) -> dict[str, object]:
    """Make the settings of an exchange with these bounds."""
    return {
        "sources": SourceLimits(connections=per_source, exempt=(ip_network(exempt),)),
        "connections": ConnectionBounds(**({"half_open_s": SOON, "idle_s": LONG} | bounds)),
    }


NOTHING_WHOLE = [
    "",
    "\r\n\r\n",
    options()[:-2],
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "\0" * 64,
    options().replace("Call-ID", "X"),
]


async def test_a_connection_without_a_whole_message_is_closed() -> None:
    """Nothing, keep-alives, half a message, another protocol, a message that is none: all the same."""
    async with exchange(**bounded()) as sip, AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(peer(sip)) for _ in NOTHING_WHOLE]
        for one, said in zip(peers, NOTHING_WHOLE, strict=True):
            one.say(said)
        assert [await one.closed() for one in peers] == [True] * len(peers)


async def test_a_message_that_comes_in_drops_keeps_nothing_open() -> None:
    """Each byte is a sign of life, and none is a message."""
    async with exchange(**bounded()) as sip, peer(sip) as dripping:
        for byte in options()[:200]:
            dripping.say(byte)
            await asyncio.sleep(0.05)
            if not dripping.open:
                break
        assert await dripping.closed()


async def test_half_a_message_after_a_whole_one_is_as_good_as_none() -> None:
    """Having been answered once buys no time for the next."""
    async with exchange(**bounded()) as sip, peer(sip) as one:
        one.say(options(1) + options(2)[:-20])
        assert "200 OK" in await one.hears()
        assert await one.closed()


async def test_a_connection_with_messages_stays_until_it_is_idle() -> None:
    """It is closed after the longer time only, and every message begins that anew."""
    async with exchange(**bounded(half_open_s=0.2, idle_s=2)) as sip, peer(sip) as one:
        for number in range(1, 3):
            one.say(options(number))
            assert "200 OK" in await one.hears()
            assert not await one.closed(1.3 / patience.FACTOR)
        assert await one.closed(10)


async def test_a_connection_stays_under_its_call(pump: Pump) -> None:
    """Nothing is said on it for longer than an idle one lives; the BYE still goes, and is answered there."""
    async with (
        exchange(**bounded(idle_s=0.5)) as sip,
        Phone(sip.address, pump, transport="tcp") as phone,
        peer(sip) as idle,
    ):
        call, leg = await sip.answered(phone)
        idle.say(options())
        assert "200 OK" in await idle.hears()
        assert await idle.closed()
        await asyncio.sleep(2.5)
        assert (await call.hang_up()).status == 200
        await leg.ended()


def waits_for_acknowledgements(peer: tuple[str, int]) -> bool:
    """Return whether our end of a connection keeps small pieces back (RFC 896): it is of this process."""
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(entry.name))) as one:
            if one.getpeername()[:2] == peer:
                return not one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    raise AssertionError(f"no connection with {peer}")


async def test_a_message_does_not_wait_for_the_acknowledgement_of_the_last(pump: Pump) -> None:
    """180 follows 100 at once, also to a phone that acknowledges late."""
    async with exchange() as sip, Phone(sip.address, pump, transport="tcp") as phone:
        assert (await phone.ask("OPTIONS")).status == 200
        assert not waits_for_acknowledgements(phone.local)


async def test_a_source_with_its_share_gets_no_more() -> None:
    """Others do, and one that it closes can be opened again."""
    async with exchange(**bounded(per_source=3, half_open_s=LONG)) as sip, AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(peer(sip))
        async with peer(sip) as third:
            third.say(options(1))
            assert "200 OK" in await third.hears()
            async with peer(sip) as fourth:
                assert await fourth.closed()
            async with peer(sip, ANOTHER_SOURCE) as other:
                other.say(options(2))
                assert "200 OK" in await other.hears()
        async with patience.within(5):
            while True:
                async with peer(sip) as again:
                    again.say(options(3))
                    if not await again.closed(0.3):
                        break


async def test_the_longest_silent_one_makes_room() -> None:
    """Whoever comes is served when all that may be open is open, and who has spoken of late stays."""
    async with (
        exchange(**bounded(in_all=4, half_open_s=LONG)) as sip,
        AsyncExitStack() as stack,
    ):
        speaking, silent, *_ = [await stack.enter_async_context(peer(sip)) for _ in range(4)]
        speaking.say(options(1))
        assert "200 OK" in await speaking.hears()
        async with peer(sip, ANOTHER_SOURCE) as late:
            late.say(options(2))
            assert "200 OK" in await late.hears()
            assert await silent.closed()
            speaking.say(options(3))
            assert "200 OK" in await speaking.hears()


async def test_connections_with_calls_make_no_room(pump: Pump) -> None:
    """With calls on all of them the one that comes is closed, not a call."""
    async with exchange(**bounded(in_all=1)) as sip, Phone(sip.address, pump, transport="tcp") as phone:
        call, _ = await sip.answered(phone)
        async with peer(sip, ANOTHER_SOURCE) as late:
            assert await late.closed()
        assert (await call.hang_up()).status == 200


async def test_who_is_exempt_has_as_many_as_he_likes() -> None:
    """An edge proxy, a load generator: neither its own bound nor that of all holds it, nor makes it go."""
    ours = bounded(per_source=1, in_all=1, half_open_s=LONG, exempt=f"{ANOTHER_SOURCE}/32")
    async with exchange(**ours) as sip, AsyncExitStack() as stack:
        edges = [await stack.enter_async_context(peer(sip, ANOTHER_SOURCE)) for _ in range(5)]
        async with peer(sip) as stranger:
            assert await stranger.closed()
        for number, edge in enumerate(edges, 1):
            edge.say(options(number))
            assert "200 OK" in await edge.hears()


async def test_how_many_were_closed_is_told() -> None:
    """The guard counts them, and knows whose the last was."""
    async with exchange(**bounded(per_source=1)) as sip, peer(sip):
        guard = sip.agent._guard
        assert guard is not None
        for _ in range(5):
            async with peer(sip) as one:
                assert await one.closed()
        assert guard.refused_connections() == (5, "127.0.0.1")
        assert guard.refused_connections() == (0, "")


def test_a_flood_of_connections_is_said_now_and_then() -> None:
    """A line at once, the next not before ten seconds, with all that were closed meanwhile."""
    told = iter([(3, "192.0.2.7"), (500, "192.0.2.8"), (0, "")])
    with structlog.testing.capture_logs() as lines:
        log = ConnectionLog(lambda: next(told))
        for now in (0.0, 2.5, 9.9, 10.0, 20.0):
            log.look(now)
    assert [(line["closed"], line["last_of"]) for line in lines] == [(3, "192.0.2.7"), (500, "192.0.2.8")]


def test_a_burst_is_taken_while_the_gateway_is_busy() -> None:
    """A hundred that come at once wait in the kernel; none has to ask again."""
    with Process([sys.executable, "-m", "tests.sip.guarded", "0", "0", "tcp"]) as process:
        port = int(process.wait_for(lambda line: line.get("event") == "listening")["port"])
        waiting = [socket.socket() for _ in range(100)]
        try:
            with process.halted():
                for one in waiting:
                    one.settimeout(patience.seconds(0.5))
                    one.connect(("127.0.0.1", port))
        finally:
            for one in waiting:
                one.close()


@pytest.mark.parametrize(
    ("descriptors", "allowed"), [(1024, 256), (100_000, 1000), (resource.RLIM_INFINITY, 1000)]
)
def test_connections_leave_descriptors_for_calls(descriptors: int, allowed: int) -> None:
    """A process that may open little gives little of it away."""
    assert affordable(1000, descriptors) == allowed
