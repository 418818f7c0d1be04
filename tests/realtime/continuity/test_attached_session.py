from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.audio import BYTES_PER_MS
from gateway.call import (
    AddText,
    AgentAudio,
    AgentAudioDone,
    AgentSaid,
    DeleteItem,
    ModelOrder,
    SessionReady,
    SubmitToolResult,
    ToolCalled,
    Truncate,
)
from gateway.realtime.continuity.attached_session import AttachedSession
from gateway.realtime.continuity.history import History
from gateway.realtime.events.session import Session as Shown
from gateway.realtime.events.session import TurnDetection
from gateway.realtime.providers import LOCAL, OPENAI, Capabilities
from gateway.realtime.session import Session
from gateway.realtime.settings import SessionSettings
from tests.realtime.caller import running
from tests.realtime.wire_model import Line as Wire
from tests.realtime.wire_model import Model, model


class Put:
    """A line with a history of two items and a function call, and the server's end of it."""

    def __init__(self, line: AttachedSession, history: History, wire: Wire) -> None:
        self.line = line
        self.history = history
        self.wire = wire

    def order(self, order: ModelOrder) -> None:
        self.history.ordered(order)
        self.line.execute(order, self.history)

    async def sent(self, kind: str) -> list[dict[str, Any]]:
        """Return what came, once everything ordered before has come."""
        self.line.session.execute(AddText("user", "mark"))
        created = [event for event in self.wire.came if event["type"] == "conversation.item.create"]
        await self.wire.got("conversation.item.create", len(created) + 1)
        while self.wire.came[-1].get("item", {}).get("content", [{}])[0].get("text") != "mark":
            created = [event for event in self.wire.came if event["type"] == "conversation.item.create"]
            await self.wire.got("conversation.item.create", len(created) + 1)
        return [event for event in self.wire.came[:-1] if event["type"] == kind]


@asynccontextmanager
async def put(server: Model) -> AsyncIterator[Put]:
    history = History()
    history.ordered(AddText("user", "Hello."))
    history.on_fact(AgentAudio("r", "a1", bytes(1000 * BYTES_PER_MS)))
    history.on_fact(AgentAudioDone("r", "a1"))
    history.on_fact(AgentSaid("a1", "Good morning, how can I help?"))
    history.on_fact(ToolCalled("r", "c1", "f", "{}"))
    provider = dataclasses.replace(LOCAL, url=server.url)
    async with running(lambda facts: Session(provider, SessionSettings(), facts)) as (session, facts):
        await facts.wait(SessionReady)
        line = AttachedSession(0)
        line.session = session
        line.tell(history)
        yield Put(line, history, await server.line())


@pytest.fixture
async def server() -> AsyncIterator[Model]:
    async with model() as running_model:
        yield running_model


async def test_a_session_is_told_what_was_said(server: Model) -> None:
    """In order, under names of ours; a call without its output is not told."""
    async with put(server) as there:
        items = [event["item"] for event in await there.sent("conversation.item.create")]
    assert [(item["id"], item["role"]) for item in items] == [("told_0", "user"), ("told_1", "assistant")]


async def test_what_was_told_is_corrected_to_what_was_heard(server: Model) -> None:
    """A truncation of an item of an earlier session replaces its text, in its place."""
    async with put(server) as there:
        there.order(Truncate("a1", 500))
        there.order(Truncate("a1", 400))
        deleted = await there.sent("conversation.item.delete")
        created = await there.sent("conversation.item.create")
    assert [event["item_id"] for event in deleted] == ["told_1", "heard_1"]
    assert [event["previous_item_id"] for event in created[2:4]] == ["told_1", "heard_1"]
    assert created[2]["item"]["content"][0]["text"] == "Good morning, ..."


async def test_what_was_not_heard_is_taken_back(server: Model) -> None:
    """Nothing stands in its place."""
    async with put(server) as there:
        there.order(DeleteItem("a1"))
        assert [event["item_id"] for event in await there.sent("conversation.item.delete")] == ["told_1"]
        there.order(DeleteItem("a1"))
        there.order(Truncate("nobody", 5))
        assert len(await there.sent("conversation.item.delete")) == 1
        assert await there.sent("conversation.item.truncate") == []


async def test_what_no_session_has_made_is_told_and_corrected(server: Model) -> None:
    """Like an item of a session before; what was never said is not told."""
    async with put(server) as there:
        there.history.on_fact(AgentAudio("", "b1", bytes(1000 * BYTES_PER_MS)))
        there.history.on_fact(AgentAudioDone("", "b1"))
        there.history.on_fact(AgentSaid("b1", "One two three four."))
        there.line.recall("b1", there.history)
        there.line.recall("nobody", there.history)
        there.order(Truncate("b1", 500))
        there.order(DeleteItem("b1"))
        created = (await there.sent("conversation.item.create"))[2:]
        deleted = await there.sent("conversation.item.delete")
    assert [(event["item"]["id"], event.get("previous_item_id")) for event in created] == [
        ("recalled_2", None),
        ("heard_1", "recalled_2"),
    ]
    texts = [event["item"]["content"][0]["text"] for event in created]
    assert texts == ["One two three four.", "One two ..."]
    assert [event["item_id"] for event in deleted] == ["recalled_2", "heard_1"]


async def test_a_result_is_told_with_its_call(server: Model) -> None:
    """The session that gets the result did not make the call."""
    async with put(server) as there:
        there.order(SubmitToolResult("c1", "42"))
        items = [event["item"] for event in await there.sent("conversation.item.create")][2:]
    assert [item["type"] for item in items] == ["function_call", "function_call_output"]


async def test_its_own_items_are_its_own(server: Model) -> None:
    """Orders about what this session said go out as they are."""
    async with put(server) as there:
        await there.wire.says(bytes(960), item="own")
        call = {"item_id": "f", "call_id": "c9", "name": "f", "arguments": "{}"}
        await there.wire.send("response.function_call_arguments.done", **call)
        while not there.line.session.protocol.interpreter.made_call("c9"):
            await there.sent("conversation.item.truncate")
        there.order(Truncate("own", 10))
        there.order(SubmitToolResult("c9", "42"))
        assert [event["item_id"] for event in await there.sent("conversation.item.truncate")] == ["own"]
        kinds = [event["item"]["type"] for event in await there.sent("conversation.item.create")]
        assert "function_call" not in kinds
        assert "function_call_output" in kinds


async def test_life_is_what_the_session_says_or_its_provider() -> None:
    """`expires_at` wins; without it the provider's limit; without that there is none."""
    line = AttachedSession(0)
    line.session = Session(OPENAI, SessionSettings(), lambda fact: None)
    assert line.life(1000.0) == 3600
    line.session.protocol.in_force = Shown(expires_at=1600)
    assert line.life(1000.0) == 600
    endless = dataclasses.replace(OPENAI, capabilities=Capabilities(max_session_minutes=None))
    line.session = Session(endless, SessionSettings(), lambda fact: None)
    assert line.life(1000.0) is None


def test_who_finds_the_turns_answers_them_unless_told_not_to() -> None:
    """A session without detection answers when it is asked."""
    assert AttachedSession(0, TurnDetection(type="server_vad")).answers_by_itself
    assert not AttachedSession(0, TurnDetection(type="server_vad", create_response=False)).answers_by_itself
    assert not AttachedSession(0).answers_by_itself
    assert AttachedSession(0, TurnDetection(type="server_vad")).interrupts
    assert not AttachedSession(0, TurnDetection(type="server_vad", interrupt_response=False)).interrupts
    assert not AttachedSession(0).interrupts
