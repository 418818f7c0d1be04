from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gateway.local.engines.simple import ToneEngine
from gateway.local.reply.words import word_list
from gateway.local.session.client_events import ServerSession
from gateway.local.session.config import SessionConfig
from gateway.local.session.dialect import WireDialect
from gateway.local.session.session_parts import Parts
from gateway.realtime.events.codec import CLIENT_EVENTS
from tests.local.client import LOUD, SILENT, client, server, session
from tests.local.session.test_response import Tape

FIELDS = tuple(
    word_list(
        "session item response audio input output type role content text id item_id previous_item_id "
        "metadata content_index audio_end_ms tools tool_choice voice format turn_detection instructions "
        "conversation name call_id arguments image_url response_id modalities"
    )
)
KINDS = tuple(CLIENT_EVENTS)
PLAUSIBLE: dict[str, dict[str, Any]] = {
    "session.update": {"session": {"type": "realtime", "tools": [{"type": "function", "name": "x"}]}},
    "conversation.item.create": {"item": {"type": "message", "role": "user", "content": []}},
    "conversation.item.truncate": {"item_id": "a", "content_index": 0, "audio_end_ms": 0},
    "input_audio_buffer.append": {"audio": "AAAAAAAA" * 500},
}
HELLO = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}


async def test_greets_with_its_session() -> None:
    """The first event is the session as it is by default."""
    async with server() as address, client(address, model="gpt-realtime-2.1") as one:
        created = await one.receive()
        assert created["type"] == "session.created"
        assert created["session"]["model"] == "gpt-realtime-2.1"
        assert created["session"]["id"].startswith("sess_")
        await one.nothing_more()


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ({"type": "session.update", "session": {}}, "missing_required_parameter", "session.type"),
        ({"type": "session.update", "session": {"type": "realtime", "x": 1}},
         "unknown_parameter", "session.x"),
        ({"type": "session.update"}, "missing_required_parameter", "session"),
        ({"type": "session.updat"}, "invalid_value", "type"),
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
        ({"type": "input_audio_buffer.append", "audio": "***"}, "invalid_value", "audio"),
        ({"type": "input_audio_buffer.append"}, "invalid_type", "audio"),
        ({"type": "conversation.item.truncate", "item_id": "x", "content_index": 0, "audio_end_ms": 0},
         "item_truncate_invalid_item_id", "item_id"),
        ({"type": "conversation.item.truncate", "item_id": "x", "content_index": 0},
         "missing_required_parameter", "audio_end_ms"),
        ({"type": "conversation.item.delete", "item_id": "x"}, "item_delete_invalid_item_id", "item_id"),
        ({"type": "conversation.item.retrieve", "item_id": "x"}, "item_retrieve_invalid_item_id", "item_id"),
        ({"type": "conversation.item.create", "item": {"type": "poem"}}, "invalid_value", "item.type"),
        ({"type": "conversation.item.create"}, "missing_required_parameter", "item"),
        ({"type": "conversation.item.create",
          "item": {"type": "function_call_output", "call_id": "call_x", "output": "3"}},
         "invalid_tool_call_id", None),
        ({"type": "conversation.item.create",
          "item": {"type": "function_call_output", "call_id": "call/x", "output": "3"}},
         "invalid_value", "item.call_id"),
        ({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content":
          [{"type": "input_audio", "audio": "AAAA"}]}}, "invalid_value", "item.content[0].audio"),
        ({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content":
          [{"type": "input_image", "image_url": "https://x/y.png"}]}},
         "invalid_value", "item.content[0].image_url"),
        ({"type": "session.update", "session": {"type": "realtime", "model": "echo"}},
         "invalid_value", "session.model"),
        ({"type": "response.create", "response": {"modalities": ["text"]}},
         "unknown_parameter", "response.modalities"),
        ({"type": "response.cancel"}, "response_cancel_not_active", None),
        ({"type": "output_audio_buffer.clear"}, "invalid_value", "type"),
        ({"kind": "x"}, "missing_required_parameter", "type"),
    ],
)  # fmt: skip
async def test_refuses(event: dict[str, object], code: str, param: str | None) -> None:
    """What cannot be done is answered with the hosted service's code and the event's own id."""
    async with session() as one:
        await one.socket.send(json.dumps({**event, "event_id": "mine"}))
        error = await one.error()
        assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, param)
        assert error["event_id"] == "mine"
        await one.nothing_more()


async def test_a_function_is_answered_once_it_was_called() -> None:
    """The output of a call that is in the conversation is taken, of one that was deleted no more."""
    async with session() as one:
        call = {"id": "a", "type": "function_call", "name": "x", "call_id": "c", "arguments": "{}"}
        output = {"type": "function_call_output", "call_id": "c", "output": "3"}
        for item in (call, output):
            await one.send("conversation.item.create", item=item)
            await one.next("conversation.item.done")
        await one.send("conversation.item.delete", item_id="a")
        await one.next("conversation.item.deleted")
        await one.send("conversation.item.create", item=output)
        assert (await one.error())["code"] == "invalid_tool_call_id"


async def test_an_event_id_has_a_length() -> None:
    """512 letters, as it is told in the protocol."""
    async with session() as one:
        for length in (512, 513):
            await one.send("input_audio_buffer.clear", event_id="e" * length)
        await one.next("input_audio_buffer.cleared")
        assert (await one.error())["code"] == "string_above_max_length"
        await one.nothing_more()


async def test_survives_garbage() -> None:
    """Frames that are no JSON or no object are errors, nothing worse."""
    async with session() as one:
        for frame in ("{", "[]", '"x"', "", b"\xff\xfe"):
            await one.socket.send(frame)
            assert (await one.error())["code"] in ("invalid_json", "invalid_event")
        await one.nothing_more()


async def test_null_is_not_given() -> None:
    """Clients write null for what they leave out."""
    async with session() as one:
        before = await one.update()
        assert await one.update(instructions=None, tools=None, output_modalities=None, audio=None) == before
        await one.send(
            "response.create", response={"instructions": None, "metadata": None, "conversation": None}
        )
        assert (await one.response())["status"] == "completed"


async def test_update_is_all_or_nothing() -> None:
    """One unknown key, and nothing of the update is taken."""
    async with session(instructions="one") as one:
        await one.send("session.update", session={"type": "realtime", "instructions": "two", "colour": "red"})
        assert (await one.error())["code"] == "unknown_parameter"
        assert (await one.update())["instructions"] == "one"


async def test_voice_is_locked_once_heard() -> None:
    """After agent audio the voice stays, and the whole update with it."""
    async with session(audio={"output": {"voice": "tone-440-100ms"}}) as one:
        await one.send("response.create")
        await one.response()
        output = {"output": {"voice": "cedar"}}
        await one.send("session.update", session={"type": "realtime", "instructions": "two", "audio": output})
        assert (await one.error())["code"] == "cannot_update_voice"
        assert (await one.update())["instructions"] != "two"


async def test_items_have_the_ids_and_places_clients_choose() -> None:
    """`root`, null and ids place an item; each is added and done."""
    async with session() as one:
        places = [("a", None, None), ("b", "root", None), ("c", "b", "b"), ("d", None, "a")]
        for item_id, after, before in places:
            await one.send("conversation.item.create", item={**HELLO, "id": item_id}, previous_item_id=after)
            added, done = await one.receive(), await one.receive()
            assert (added["type"], done["type"]) == ("conversation.item.added", "conversation.item.done")
            assert added["previous_item_id"] == done["previous_item_id"] == before
            assert done["item"] == {**HELLO, "id": item_id, "object": "realtime.item", "status": "completed"}
        await one.send("conversation.item.create", item={**HELLO, "id": "a"})
        assert (await one.error())["code"] == "item_create_duplicate_item_id"
        await one.send("conversation.item.create", item=HELLO, previous_item_id="nobody")
        assert (await one.error())["code"] == "item_create_invalid_previous_item_id"


async def test_who_asks_for_what_is_not_there_fills_no_log() -> None:
    """A client sees by the refusal that the session listens, every few seconds of a long call."""
    with capture_logs() as lines:
        async with session() as one:
            for what in ("retrieve", "delete"):
                await one.send(f"conversation.item.{what}", item_id="nobody")
                await one.error()
    refused = [line["code"] for line in lines if line["event"] == "client.refused"]
    assert refused == ["item_delete_invalid_item_id"]


async def test_items_are_retrieved_and_deleted() -> None:
    """A caller's turn comes back with its audio; what is deleted is gone."""
    async with session(audio={"input": {"turn_detection": None}}) as one:
        await one.speak(LOUD)
        await one.send("input_audio_buffer.commit")
        item_id = (await one.next("conversation.item.done"))["item"]["id"]
        await one.send("conversation.item.retrieve", item_id=item_id)
        (part,) = (await one.next("conversation.item.retrieved"))["item"]["content"]
        assert base64.b64decode(part["audio"]) == LOUD
        await one.send("conversation.item.delete", item_id=item_id)
        assert (await one.receive())["item_id"] == item_id
        await one.send("conversation.item.retrieve", item_id=item_id)
        assert (await one.error())["code"] == "item_retrieve_invalid_item_id"


async def test_truncation() -> None:
    """The agent's audio is cut to what was heard; more than there is, or others' items, is refused."""
    async with session(audio={"output": {"voice": "tone-440-1s"}}) as one:
        await one.send("response.create")
        item_id = (await one.response())["output"][0]["id"]
        cut = {"item_id": item_id, "content_index": 0}
        await one.send("conversation.item.truncate", **cut, audio_end_ms=1500)
        error = await one.error()
        assert (error["code"], error["message"]) == (
            "invalid_value",
            "Audio content of 1000ms is already shorter than 1500ms",
        )
        await one.send("conversation.item.truncate", **cut, audio_end_ms=600)
        assert (await one.receive())["audio_end_ms"] == 600
        await one.send("conversation.item.retrieve", item_id=item_id)
        (part,) = (await one.receive())["item"]["content"]
        assert "transcript" not in part
        assert len(base64.b64decode(part["audio"])) == 600 * 48
        await one.send("conversation.item.create", item={**HELLO, "id": "mine"})
        await one.next("conversation.item.done")
        await one.send("conversation.item.truncate", item_id="mine", content_index=0, audio_end_ms=0)
        assert (await one.error())["code"] == "invalid_value"


async def test_a_turn_in_order() -> None:
    """A turn found by voice activity: started, stopped, committed, item, answer, in the service's order."""
    async with session(audio={"output": {"voice": "tone-440-100ms"}}) as one:
        await one.speak(SILENT, LOUD, SILENT)
        await one.response()
        assert one.kinds() == [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_audio_transcript.delta",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "conversation.item.done",
            "response.output_item.done",
            "response.done",
            "rate_limits.updated",
        ]
        started, stopped, committed = one.seen[:3]
        assert started["item_id"] == stopped["item_id"] == committed["item_id"] == one.seen[3]["item"]["id"]
        assert started["audio_start_ms"] == pytest.approx(300, abs=32)
        assert stopped["audio_end_ms"] == pytest.approx(1200 + 400, abs=64)


async def test_stops_when_the_client_goes() -> None:
    """A client that leaves takes its tasks with it, also in the middle of an answer."""
    async with server() as address:
        async with client(address) as one:
            await one.update(audio={"output": {"voice": "tone-440-60s"}})
            await one.send("response.create")
            await one.next("response.output_audio.delta")
        async with client(address) as other:
            await other.update(audio={"output": {"voice": "tone-440-100ms"}})
            await other.send("response.create")
            assert (await other.response())["status"] == "completed"


async def test_many_at_once() -> None:
    """Sessions do not know each other: each hears its own tone."""
    async with server() as address:

        async def call(hertz: int) -> None:
            async with client(address) as one:
                await one.update(audio={"output": {"voice": f"tone-{hertz}-500ms"}})
                await one.send("response.create")
                done = await one.response()
                assert done["output"][0]["content"][0]["transcript"] == f"(tone {hertz} Hz, 500 ms)"

        async with asyncio.TaskGroup() as group:
            for hertz in range(400, 1200, 40):
                group.create_task(call(hertz))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 9999)
    | st.sampled_from(("a", "root", "AAAA", "message", "user", "input_text")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=15,
)


class Idle:
    """A task that never ran."""

    def cancel(self) -> None:
        """There is nothing to stop."""


def unstarted(work: Coroutine[Any, Any, Any]) -> Any:
    """Start nothing: what a session says at once is what is tested."""
    work.close()
    return Idle()


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(FIELDS), JSON)), max_size=6)
)
def test_whatever_a_client_sends(events: list[tuple[str, dict[str, Any]]]) -> None:
    """Events of known types with anything in them are carried out or refused, never raised."""
    tape = Tape()
    parts = Parts(SessionConfig("sess_1", "tone", 0), ToneEngine(), tape, unstarted)
    mine = ServerSession(parts, WireDialect().incoming)
    for kind, fields in events:
        mine.receive(json.dumps({**fields, "type": kind}).encode())
        mine.receive(
            json.dumps({"type": kind, **PLAUSIBLE.get(kind, {}), **fields, "event_id": "e"}).encode()
        )
