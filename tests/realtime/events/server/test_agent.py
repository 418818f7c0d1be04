"""What a server tells of the agent."""

from __future__ import annotations

import orjson

from gateway.realtime.events import dump
from gateway.realtime.events.server.agent import OutputAudioDone


def test_indices_are_always_on_the_wire() -> None:
    """Clients require them; zero is a value."""
    sent = orjson.loads(dump(OutputAudioDone(event_id="e", response_id="r", item_id="i")))
    assert sent == {
        "type": "response.output_audio.done",
        "event_id": "e",
        "response_id": "r",
        "output_index": 0,
        "item_id": "i",
        "content_index": 0,
    }
