"""A connection is asked for a sign of life when it has given none for a while, and given up without one."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from websockets.exceptions import ConnectionClosed

from gateway.realtime.connect import dial
from gateway.realtime.keepalive import Keepalive
from gateway.realtime.model_connection import ModelConnection
from gateway.realtime.providers import LOCAL
from gateway.realtime.settings import ConnectTimeouts
from tests.equipment.patience import seconds, within
from tests.realtime.wire_model import model

SILENCE, PATIENCE = 0.05, 0.1


class Line:
    """A connection that says something when it is told to."""

    def __init__(self, *, answers: bool = True, after: float = SILENCE / 10) -> None:
        self.last_data = 0.0
        self.asked = 0
        self.asked_often = asyncio.Event()
        self.given_up = asyncio.Event()
        self._answers, self._after = answers, after

    def ask(self) -> None:
        """Count, and answer."""
        self.asked += 1
        if self.asked == 3:
            self.asked_often.set()
        if self._answers:
            asyncio.get_running_loop().call_later(self._after, self.speak)

    def give_up(self) -> None:
        """Note it."""
        self.given_up.set()

    def speak(self) -> None:
        """Say something."""
        self.last_data = asyncio.get_running_loop().time()


async def test_whoever_speaks_is_not_asked() -> None:
    """Whatever comes is a sign of life."""
    line = Line()
    keepalive = Keepalive(line, 10 * SILENCE, PATIENCE)
    for _ in range(20):
        await asyncio.sleep(SILENCE)
        line.speak()
    keepalive.stop()
    assert line.asked == 0


async def test_whoever_is_silent_is_asked_again_and_again() -> None:
    """As often as it has been silent for so long, for as long as it answers; never after the end."""
    line = Line()
    keepalive = Keepalive(line, SILENCE, PATIENCE)
    async with within(10):
        await line.asked_often.wait()
    keepalive.stop()
    asked = line.asked
    await asyncio.sleep(3 * SILENCE)
    assert (line.asked, line.given_up.is_set()) == (asked, False)


async def test_an_answer_in_the_very_millisecond_of_the_question_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server on the same machine is as quick as that, and uvloop's clock no finer."""
    loop = asyncio.get_running_loop()
    exact = loop.time
    monkeypatch.setattr(loop, "time", lambda: round(exact(), 2))
    line = Line(after=0.0)
    keepalive = Keepalive(line, SILENCE, PATIENCE)
    async with within(10):
        await line.asked_often.wait()
    keepalive.stop()
    assert not line.given_up.is_set()


async def test_whoever_does_not_answer_is_given_up() -> None:
    """Once, after one question."""
    line = Line(answers=False)
    Keepalive(line, SILENCE, PATIENCE)
    async with within(10):
        await line.given_up.wait()
    assert line.asked == 1


async def test_a_connection_that_is_silent_and_one_that_is_dead() -> None:
    """Pings come where nothing is said, and end a connection that does not answer them."""
    quick = dataclasses.replace(ConnectTimeouts(), ping=seconds(0.3), close=0.1)
    async with model() as server:
        server.greets = False
        async with dial(dataclasses.replace(LOCAL, url=server.url), "tone", quick) as socket:
            assert isinstance(socket, ModelConnection)
            line = await server.line()
            came = socket.last_data
            for _ in range(200):
                await asyncio.sleep(0.05)
                if socket.last_data != came:  # by the pong to a ping alone
                    break
            assert socket.last_data > came
            line.socket.transport.pause_reading()
            with pytest.raises(ConnectionClosed) as gone:
                async with within(10):
                    await socket.recv()
            assert gone.value.sent is not None
            assert gone.value.sent.reason == "keepalive ping timeout"
