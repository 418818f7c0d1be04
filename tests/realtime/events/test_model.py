from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.realtime.events.model import BadEvent, Event, fields_sent
from gateway.realtime.events.server import SpeechStarted


def test_events_are_immutable() -> None:
    """An event is a fact: it cannot be changed after it happened."""
    event = Event(type="x")
    with pytest.raises(ValidationError):
        event.type = "y"


def test_only_what_was_said_is_sent() -> None:
    """A field whose default is None is sent if it was set, be it to None; other defaults always are."""
    assert fields_sent(SpeechStarted()) == {
        "type": "input_audio_buffer.speech_started",
        "audio_start_ms": 0,
        "item_id": "",
    }
    assert fields_sent(Event(type="x", event_id=None)) == {"type": "x", "event_id": None}


def test_fields_of_strangers_may_have_any_name() -> None:
    """No name that a vendor may choose collides with the model's own helpers."""
    assert fields_sent(Event.model_validate({"type": "x", "model_name": "y"}))["model_name"] == "y"


def test_a_bad_event_says_all_that_an_answer_needs() -> None:
    """Code, message, path and the client's own id travel with the error."""
    bad = BadEvent("invalid_value", "no", param="a.b", event_id="e")
    assert (bad.code, bad.message, bad.param, bad.event_id) == ("invalid_value", "no", "a.b", "e")
    assert str(bad) == "invalid_value: no"
