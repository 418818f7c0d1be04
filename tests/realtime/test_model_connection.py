"""Messages past the library: of a real connection, cut wherever TCP may, with what is out of the ordinary."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from gateway.realtime.connect import dial
from gateway.realtime.model_connection import MAX_FRAME, ModelConnection
from gateway.realtime.providers import LOCAL
from gateway.realtime.settings import ConnectTimeouts
from tests.equipment.patience import seconds, within
from tests.realtime.wire_model import Line, model

PATIENCE = ConnectTimeouts(seconds(5), seconds(1), seconds(5), seconds(5), 0.2)
SIZES = (0, 1, 125, 126, 127, 65_535, 65_536, 300_000)


class Taken:
    """What was handed over, and from where."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.pauses: list[int] = []
        """So many messages had come at each pause."""
        self.past = 0
        """Of them, where they came in."""
        self.reader: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    def __call__(self, message: bytes) -> None:
        self.messages.append(message)
        self.past += asyncio.current_task() is not self.reader
        self._news.set()

    def pause(self) -> None:
        self.pauses.append(len(self.messages))

    async def until(self, enough: Callable[[list[bytes]], bool]) -> None:
        """Wait for so much."""
        async with within(10):
            while not enough(self.messages):
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[ModelConnection, Line, Taken]]:
    """A connection whose messages are taken."""
    async with model() as server:
        server.greets = False
        taken = Taken()
        async with dial(dataclasses.replace(LOCAL, url=server.url), "m", PATIENCE) as socket:
            assert isinstance(socket, ModelConnection)
            async with asyncio.TaskGroup() as tasks:
                reading = taken.reader = tasks.create_task(_read(socket, taken))
                line = await server.line()
                await line.raw("hello")
                await taken.until(lambda all_: all_ == [b"hello"])  # from here on
                taken.messages.clear()
                taken.pauses.clear()
                taken.past = 0
                yield socket, line, taken
                reading.cancel()


async def _read(socket: ModelConnection, taken: Taken) -> None:
    with suppress(ConnectionClosed):
        await socket.messages(taken, taken.pause)


def bytes_of(*frames: Frame) -> bytes:
    """As a server sends them."""
    return b"".join(frame.serialize(mask=False) for frame in frames)


async def test_messages_come_in_order_and_past_the_library() -> None:
    """Of every size, text and binary, many in one packet or one in many."""
    async with connected() as (_, line, taken):
        sent = [os.urandom(size) for size in SIZES]
        for number, message in enumerate(sent):
            await line.raw(message, text=None if number % 2 else True)
        await taken.until(lambda all_: len(all_) == len(sent))
        assert taken.messages == sent
        assert taken.past == len(sent)


@pytest.mark.parametrize("seed", range(3))
async def test_frames_may_be_cut_anywhere(seed: int) -> None:
    """Within a header, too; pings between them are answered."""
    chance = random.Random(seed)
    async with connected() as (socket, line, taken):
        sent = [os.urandom(chance.choice((0, 3, 125, 126, 200, 65_536))) for _ in range(30)]
        frames = [frame for one in sent for frame in (Frame(Opcode.TEXT, one), Frame(Opcode.PING, b"x"))]
        stream = bytes_of(*frames)
        while stream:
            size = chance.choice((1, 2, 3, 9, 1000, 70_000))
            socket.data_received(stream[:size])
            stream = stream[size:]
        await taken.until(lambda all_: len(all_) == len(sent))
        assert taken.messages == sent
        async with within(2):
            await (await line.socket.ping())


async def test_what_came_before_anybody_listened_comes_first() -> None:
    """The library has kept it."""
    async with model() as server:
        server.greets = False
        async with dial(dataclasses.replace(LOCAL, url=server.url), "m", PATIENCE) as socket:
            assert isinstance(socket, ModelConnection)
            socket.data_received(bytes_of(*(Frame(Opcode.TEXT, b"%d" % number) for number in range(3))))
            taken = Taken()
            async with asyncio.TaskGroup() as tasks:
                reading = taken.reader = tasks.create_task(_read(socket, taken))
                await taken.until(lambda all_: len(all_) > 0)
                socket.data_received(bytes_of(Frame(Opcode.TEXT, b"3")))
                await taken.until(lambda all_: len(all_) == 4)
                socket.data_received(bytes_of(Frame(Opcode.TEXT, b"4")))
                await taken.until(lambda all_: len(all_) == 5)
                reading.cancel()
        assert taken.messages == [b"0", b"1", b"2", b"3", b"4"]
        assert taken.past >= 1


async def test_fragments_are_the_librarys_and_all_that_follows() -> None:
    """In order: nothing overtakes a message in pieces."""
    async with connected() as (socket, _, taken):
        first, rest = Frame(Opcode.TEXT, b"a", fin=False), Frame(Opcode.CONT, b"b")
        stream = bytes_of(Frame(Opcode.TEXT, b"0"), first, rest, Frame(Opcode.BINARY, b"1"))
        socket.data_received(stream[:7])
        socket.data_received(stream[7:])
        await taken.until(lambda all_: len(all_) == 3)
        assert taken.messages == [b"0", b"ab", b"1"]
        assert taken.past == 1


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (bytes([0x81, 127]) + (MAX_FRAME + 1).to_bytes(8, "big"), 1009),
        (bytes([0xC1, 0]), 1002),
        (bytes([0x83, 0]), 1002),
        (bytes([0x81, 0x81, 0, 0, 0, 0, 1]), 1002),
        (bytes([0x80, 0]), 1002),
    ],
    ids=["too large", "an extension", "unknown", "masked", "continues nothing"],
)
async def test_what_is_wrong_ends_the_connection(frame: bytes, code: int) -> None:
    """The library says why to the other side; what came before it counts."""
    async with connected() as (socket, line, taken):
        socket.data_received(bytes_of(Frame(Opcode.TEXT, b"0")) + frame)
        await taken.until(lambda all_: len(all_) == 1)
        async with within(5):
            await line.over.wait()
        assert line.socket.close_code == code


async def test_nothing_is_taken_of_a_connection_that_is_being_closed() -> None:
    """What comes after a closing frame is thrown away."""
    async with connected() as (socket, line, taken):
        close = Frame(Opcode.CLOSE, (1000).to_bytes(2, "big"))
        socket.data_received(bytes_of(Frame(Opcode.TEXT, b"0"), close, Frame(Opcode.TEXT, b"1")))
        async with within(5):
            await line.over.wait()
        assert taken.messages == [b"0"]


async def test_it_is_told_when_no_more_came_together() -> None:
    """After each packet, however many messages it held; also before what the library does with the rest."""
    async with connected() as (socket, _, taken):
        three = bytes_of(*(Frame(Opcode.TEXT, b"x") for _ in range(3)))
        socket.data_received(three + three[:1])
        socket.data_received(three[1:])
        assert taken.pauses == [3, 6]
        socket.data_received(three[:3] + bytes_of(Frame(Opcode.TEXT, b"a", fin=False)))
        assert taken.pauses == [3, 6, 7]
