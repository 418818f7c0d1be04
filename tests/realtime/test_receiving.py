from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars
from websockets.frames import Frame, Opcode

from gateway.call import AgentAudio, AgentAudioDone, SessionFact, SessionLost
from gateway.realtime.connect import open_connection
from gateway.realtime.providers import LOCAL
from gateway.realtime.receiving import Receiving
from gateway.realtime.settings import ConnectTimeouts
from tests.equipment.patience import seconds, within
from tests.realtime.wire_model import Line, model

PATIENCE = ConnectTimeouts(seconds(5), seconds(1), seconds(5), seconds(5), 0.2)
LOST = SessionLost("gone", "by its own word")
Read = Callable[[bytes, Receiving], SessionLost | None]


@asynccontextmanager
async def receiving(
    read: Read, configure: float = 30.0, told: Callable[[SessionFact], None] = lambda _fact: None
) -> AsyncIterator[tuple[Line, asyncio.Task[SessionLost]]]:
    """Connect, and give `read` what the server says; the task ends with the session."""
    async with model() as server:
        server.greets = False
        socket = await open_connection(dataclasses.replace(LOCAL, url=server.url), "m", PATIENCE)
        async with asyncio.TaskGroup() as tasks:
            waits = Receiving(read, told, asyncio.get_running_loop().time(), configure)
            task = tasks.create_task(waits.run(socket))
            try:
                yield await server.line(), task
            finally:
                task.cancel()
                await socket.close()


def nothing(_raw: bytes, _receiving: Receiving) -> None:
    """Take what comes."""


async def test_what_the_server_says_may_end_the_session() -> None:
    """Nothing is told after it."""
    told: list[bytes] = []

    def tell(raw: bytes, _receiving: Receiving) -> SessionLost | None:
        told.append(raw)
        return LOST if raw == b"2" else None

    async with receiving(tell) as (line, task), within(5):
        for number in range(5):
            await line.raw(str(number))
        assert await task is LOST
        assert told == [b"0", b"1", b"2"]


async def test_what_breaks_is_raised_where_the_session_runs() -> None:
    """Not where the data come in: the event loop would only log it."""

    def tell(_raw: bytes, _receiving: Receiving) -> None:
        raise ZeroDivisionError

    async def breaks() -> None:
        async with receiving(tell) as (line, task), within(5):
            await line.raw("0")
            await asyncio.wait([task])

    with pytest.raises(ExceptionGroup) as raised:
        await breaks()
    assert isinstance(raised.value.exceptions[0], ZeroDivisionError)


async def test_a_closed_connection_says_why() -> None:
    """With the code that it was closed with."""
    async with receiving(nothing) as (line, task), within(5):
        await line.socket.close(1011)
        assert (await task).code == "closed_1011"


async def test_configuring_may_not_take_for_ever() -> None:
    """What comes in meanwhile is no excuse, but `configured` is."""
    async with receiving(nothing, 0.1) as (line, task), within(5):
        await line.raw("0")
        assert (await task).code == "configure_timeout"

    took: list[int] = []
    async with receiving(lambda _raw, one: took.append(one.configured()), seconds(0.5)) as (line, task):
        await line.raw("0")
        await asyncio.sleep(seconds(0.7))
        assert not task.done()
    assert len(took) == 1


async def test_what_is_logged_names_the_call() -> None:
    """Messages are taken in the context of the task that waits for them, also on a connection kept warm."""
    seen: list[object] = []

    def tell(_raw: bytes, _receiving: Receiving) -> SessionLost | None:
        seen.append(get_contextvars().get("call"))
        return LOST if len(seen) == 3 else None

    with bound_contextvars(call="a"):
        async with receiving(tell) as (line, task), within(5):
            for number in range(3):
                await line.raw(str(number))
            await task
    assert seen == ["a", "a", "a"]


async def test_audio_that_comes_together_is_told_together() -> None:
    """Of one item, in its order, before what follows it, and at once when nothing does."""
    told: list[SessionFact] = []
    begun = asyncio.Event()
    script = [AgentAudio("r", "a", bytes([n])) for n in range(4)]
    script += [AgentAudio("r", "b", b"5"), AgentAudio("r", "b", b"6")]

    def read(raw: bytes, one: Receiving) -> SessionLost | None:
        match raw:
            case b"hello":
                begun.set()  # what comes from now on is handed over where it comes in
            case b"done":
                one.pass_on(AgentAudioDone("r", "b"))
            case b"over":
                return LOST
            case _:
                one.pass_on(script[int(raw)])
        return None

    async with receiving(read, told=told.append) as (line, task), within(5):
        await line.raw("hello")
        await begun.wait()
        stream = [b"0", b"1", b"2", b"3", b"4", b"done", b"5", b"over"]
        line.socket.transport.write(
            b"".join(Frame(Opcode.TEXT, message).serialize(mask=False) for message in stream)
        )
        assert await task is LOST
    assert told == [
        AgentAudio("r", "a", bytes(range(4))),
        AgentAudio("r", "b", b"5"),
        AgentAudioDone("r", "b"),
        AgentAudio("r", "b", b"6"),
    ]


async def test_audio_does_not_wait_for_more() -> None:
    """A server that sends its pieces one by one is heard one by one."""
    told: list[SessionFact] = []
    news = asyncio.Event()

    def hear(fact: SessionFact) -> None:
        told.append(fact)
        news.set()

    def read(raw: bytes, one: Receiving) -> None:
        one.pass_on(AgentAudio("r", "a", raw))

    async with receiving(read, told=hear) as (line, _task), within(5):
        for number in range(3):
            await line.raw(str(number))
            await news.wait()
            news.clear()
    assert told == [AgentAudio("r", "a", b"%d" % number) for number in range(3)]


async def test_pieces_of_which_the_caller_has_enough_wait_for_each_other() -> None:
    """The first two are told at once, the next together; no other fact waits, nor does the end."""
    pcm = bytes(9600)  # 200 ms
    told: list[SessionFact] = []

    def read(raw: bytes, where: Receiving) -> None:
        where.pass_on(AgentAudioDone("r", "i") if raw == b"done" else AgentAudio("r", raw.decode(), pcm))

    async with receiving(read, told=told.append) as (line, task), within(10):
        for _ in range(2):
            await said(line, "i", told)
        for _ in range(4):
            await line.raw("i")
        await line.raw("done")
        await until(lambda: told[-1] == AgentAudioDone("r", "i"))
        assert told[2:] == [AgentAudio("r", "i", 4 * pcm), AgentAudioDone("r", "i")]
        await said(line, "next", told)
        await said(line, "next", told)
        await line.raw("next")
        await asyncio.sleep(seconds(0.02))
        line.cut()
        await task
    assert told[4:] == [AgentAudio("r", "next", pcm)] * 3


async def said(line: Line, item: str, told: list[SessionFact]) -> None:
    """Have a piece told."""
    before = len(told)
    await line.raw(item)
    await until(lambda: len(told) > before)


async def until(true: Callable[[], bool]) -> None:
    """Wait for what comes from the event loop."""
    for _ in range(2000):
        if true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError
