from __future__ import annotations

import orjson

from gateway.realtime.events import dump
from gateway.realtime.events.client import ItemTruncate, ResponseCancel, ResponseCreate


def test_a_truncation_says_which_part() -> None:
    """The content index is required by the service, and is always the first part."""
    assert orjson.loads(dump(ItemTruncate(item_id="i", audio_end_ms=600))) == {
        "type": "conversation.item.truncate",
        "item_id": "i",
        "content_index": 0,
        "audio_end_ms": 600,
    }


def test_what_is_not_said_is_not_sent() -> None:
    """An empty request is just its type."""
    assert dump(ResponseCreate()) == b'{"type":"response.create"}'
    assert dump(ResponseCancel()) == b'{"type":"response.cancel"}'
