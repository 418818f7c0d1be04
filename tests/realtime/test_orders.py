from __future__ import annotations

from typing import Any

import pytest

from gateway.call import (
    AddText,
    CancelResponse,
    Clear,
    Commit,
    DeleteItem,
    Instruct,
    ModelOrder,
    Respond,
    SubmitToolResult,
    Truncate,
)
from gateway.realtime.events import plain
from gateway.realtime.events.client import ResponseCreate
from gateway.realtime.orders import ASIDE, aside, event_for, respond, topic_of

TEXT = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}
OUTPUT = {"type": "function_call_output", "call_id": "c", "output": "{}"}


@pytest.mark.parametrize(
    ("order", "event"),
    [
        (Respond(), {"type": "response.create", "response": {"output_modalities": ["audio"]}}),
        (
            Respond("Greet."),
            {
                "type": "response.create",
                "response": {"instructions": "Greet.", "output_modalities": ["audio"]},
            },
        ),
        (
            Instruct("Be brief."),
            {"type": "session.update", "session": {"type": "realtime", "instructions": "Be brief."}},
        ),
        (Commit(), {"type": "input_audio_buffer.commit"}),
        (Clear(), {"type": "input_audio_buffer.clear"}),
        (CancelResponse("r"), {"type": "response.cancel", "response_id": "r"}),
        (
            Truncate("i", 180),
            {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 180},
        ),
        (DeleteItem("i"), {"type": "conversation.item.delete", "item_id": "i"}),
        (SubmitToolResult("c", "{}"), {"type": "conversation.item.create", "item": OUTPUT}),
        (AddText("user", "hi"), {"type": "conversation.item.create", "item": TEXT}),
    ],
)
def test_an_order_is_one_event(order: ModelOrder, event: dict[str, Any]) -> None:
    """Each order of the call has its event on the wire."""
    assert plain(event_for(order)) == event


def test_an_aside_is_out_of_band_and_ours() -> None:
    """The caller does not hear it, the model forgets it, and its answer is recognised."""
    assert plain(aside("summary", "Sum up.")) == {
        "type": "response.create",
        "response": {
            "conversation": "none",
            "metadata": {ASIDE: "summary"},
            "output_modalities": ["text"],
            "instructions": "Sum up.",
            "tools": [],
        },
    }


def test_an_aside_is_told_from_a_response() -> None:
    """By its topic."""
    assert topic_of(aside("summary", "Sum up.")) == "summary"
    assert topic_of(respond()) is None
    assert topic_of(ResponseCreate()) is None
