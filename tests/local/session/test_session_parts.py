from __future__ import annotations

import base64
from typing import Any

import pytest

from gateway.local.engines.simple import ToneEngine
from gateway.local.session.config import SessionConfig
from gateway.local.session.schema import Refused
from gateway.local.session.session_parts import Parts
from gateway.realtime.events.model import BadEvent
from tests.local.session.test_response import Tape


def parts() -> tuple[Parts, Tape]:
    tape = Tape()

    def spawn(_work: Any) -> Any:
        raise AssertionError("nothing runs here")

    return Parts(SessionConfig("sess_1", "tone", 0), ToneEngine(), tape, spawn), tape


def test_announcing() -> None:
    """A finished item is added and done, with the item before it."""
    mine, tape = parts()
    item = mine.item_from(
        {"type": "function_call", "call_id": "c", "name": "x", "arguments": "{}", "id": "a"}
    )
    mine.announce(item)
    assert [event["type"] for event in tape.events] == ["conversation.item.added", "conversation.item.done"]
    assert tape.events[0]["previous_item_id"] is None
    assert tape.events[0]["item"]["status"] == "completed"
    with pytest.raises(Refused):
        mine.announce(item)
    assert len(tape.events) == 2


def test_ids() -> None:
    """A client's id is kept; without one, one is made, also for calls."""
    mine, _ = parts()
    call = {"type": "function_call", "name": "x", "arguments": "{}"}
    item = mine.item_from(call)
    assert item.id.startswith("item_")
    assert item.wire["call_id"].startswith("call_")
    assert mine.item_from({**call, "call_id": "c"}).wire["call_id"] == "c"
    assert mine.session_id == "sess_1"


def test_audio_of_an_item() -> None:
    """Audio is kept beside the item, not in what events show."""
    mine, _ = parts()
    part = {"type": "input_audio", "audio": base64.b64encode(bytes(4800)).decode(), "transcript": "hi"}
    item = mine.item_from({"type": "message", "role": "user", "content": [part]})
    assert item.audio_ms == 100
    assert item.wire["content"] == [{"type": "input_audio", "transcript": "hi"}]
    with pytest.raises(BadEvent):
        mine.item_from({"type": "message", "role": "user", "content": [{**part, "audio": "*"}]})
