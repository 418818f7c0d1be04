"""Events as frames."""

from __future__ import annotations

import orjson

from gateway.local.session.dialect import WireDialect
from gateway.local.session.event_frames import EventFrames
from gateway.realtime.events import server
from gateway.realtime.events.wire import AudioDeltaFrames


def test_each_event_has_an_id_of_its_own() -> None:
    frames = EventFrames(WireDialect())
    first, second = (
        orjson.loads(frames.event(server.ItemDeleted, {"item_id": "i"}) or b"") for _ in range(2)
    )
    delta = orjson.loads(frames.audio(AudioDeltaFrames("r", "i"), b"\0\0"))
    assert first["type"] == "conversation.item.deleted"
    assert len({one["event_id"] for one in (first, second, delta)}) == 3
    assert delta["type"] == frames.audio_delta


def test_what_a_dialect_does_not_have_is_no_frame() -> None:
    frames = EventFrames(WireDialect(is_flat=True))
    assert frames.event(server.ItemDone, {"item": {"id": "i"}, "previous_item_id": None}) is None
