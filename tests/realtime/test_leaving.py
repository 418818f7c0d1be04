"""What a server tells while we hang up is not lost: it is billed."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator

import pytest
from websockets.protocol import State

from gateway.call import AgentAudio, ResponseEnded, ResponseStarted, SessionLost, SessionReady
from gateway.realtime import leaving
from gateway.realtime.providers import LOCAL
from gateway.realtime.session import Session
from gateway.realtime.settings import ConnectTimeouts, SessionSettings
from tests.equipment.patience import seconds, within
from tests.realtime.caller import running
from tests.realtime.events.samples import USAGE
from tests.realtime.wire_model import Json, Line, Model, model

PATIENCE = ConnectTimeouts(seconds(5), seconds(1), seconds(5), seconds(5), seconds(5))


@pytest.fixture
async def server() -> AsyncIterator[Model]:
    async with model() as running_model:
        yield running_model


def done(status: str) -> Json:
    """Return the end of a response, and what it has used up."""
    return {"id": "resp_1", "status": status, "output": [], "usage": USAGE}


async def test_a_response_that_is_being_made_is_broken_off_and_billed(server: Model) -> None:
    """Its end is waited for: the tokens that it has made are paid for."""

    async def ends(line: Line, event: Json) -> None:
        if event["type"] == "response.cancel":
            await line.send("response.done", response=done("cancelled"))

    server.meanwhile = ends
    async with running(lambda facts: _session(server.url, facts)) as (one, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.send("response.created", response={"id": "resp_1", "status": "in_progress"})
        await facts.wait(ResponseStarted)
    assert (await line.got("response.cancel"))["response_id"] == "resp_1"
    assert (one.meter.used.tokens_in, one.meter.used.tokens_out, one.meter.unreported) == (20, 10, 0)
    assert facts.of(ResponseEnded) == []  # who has left hears no more


async def test_what_crosses_our_closing_frame_is_read(server: Model) -> None:
    """The server has told it before it knew."""
    async with running(lambda facts: _session(server.url, facts)) as (one, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        socket = one._socket
        line.socket.transport.pause_reading()
        async with within(5), asyncio.TaskGroup() as tasks:
            tasks.create_task(one.close())
            while socket.state is State.OPEN:  # noqa: ASYNC110
                await asyncio.sleep(0)
            await line.says(b"\x01" * 480)
            await line.send("response.done", response=done("completed"))
            line.socket.transport.resume_reading()
    assert one.meter.used.tokens_in == 20
    assert facts.of(AgentAudio) == []


async def test_a_response_that_never_ends_is_known_to_be_missing(
    server: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """We leave all the same, soon; its cost is not known."""
    monkeypatch.setattr(leaving, "SETTLE_S", 0.05)
    async with running(lambda facts: _session(server.url, facts)) as (one, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.send("response.created", response={"id": "resp_1", "status": "in_progress"})
        await facts.wait(ResponseStarted)
    assert (one.meter.unreported, line.socket.close_code) == (1, 1000)


async def test_one_that_is_lost_with_its_session_too(server: Model) -> None:
    """Nobody will ever tell what it has cost."""
    async with running(lambda facts: _session(server.url, facts)) as (one, facts):
        line = await server.line()
        await facts.wait(SessionReady)
        await line.send("response.created", response={"id": "resp_1", "status": "in_progress"})
        await facts.wait(ResponseStarted)
        line.cut()
        await facts.wait(SessionLost)
        assert one.meter.unreported == 1


def _session(url: str, facts: object) -> Session:
    assert callable(facts)
    provider = dataclasses.replace(LOCAL, url=url)
    return Session(provider, SessionSettings(), facts, patience=PATIENCE)
