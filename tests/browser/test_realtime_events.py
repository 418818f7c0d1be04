"""A call as a page of OpenAI's service is told of it."""

from __future__ import annotations

import json

import pytest

from gateway.browser.realtime_events import MOST_TEXT, AgentTold, RealtimeEvents

CALL: list[tuple[str, dict[str, object]]] = [
    ("ResponseStarted", {"response_id": "r1"}),
    ("PlaybackStarted", {"item_id": "a1"}),
    ("AgentSaid", {"item_id": "a1", "text": "Hello."}),
    ("ResponseEnded", {"response_id": "r1", "status": "completed"}),
    ("Played", {"item_id": "a1"}),
    ("CallerStartedSpeaking", {"item_id": "c1", "audio_start_ms": 900}),
    ("CallerStoppedSpeaking", {"item_id": "c1", "audio_end_ms": 1900}),
    ("CallerSaid", {"item_id": "c1", "text": "What time is it?"}),
    ("ToolCalled", {"response_id": "r2", "call_id": "t1", "name": "clock", "arguments": "{}"}),
    ("Digit", {"digit": "5"}),
    ("CostUpdated", {"usd": 1.0}),
    ("ResponseStarted", {"response_id": "r2"}),
    ("PlaybackStarted", {"item_id": "a2"}),
    ("CallerStartedSpeaking", {"item_id": "c2"}),
    ("Truncate", {"item_id": "a2", "audio_end_ms": 500}),
    ("ResponseEnded", {"response_id": "r2", "status": "cancelled"}),
]


def test_a_call_as_its_page_is_told() -> None:
    """In the order of the service's sessions, each event with an id of its own."""
    events = RealtimeEvents("rtc_1", "100")
    told = [*events.begin(), *(event for what, about in CALL for event in events.happened(what, about))]
    assert [one["type"] for one in told] == [
        "session.created",
        "response.created",
        "output_audio_buffer.started",
        "conversation.item.added",
        "conversation.item.done",
        "response.output_audio_transcript.delta",
        "response.output_audio_transcript.done",
        "response.done",
        "output_audio_buffer.stopped",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.input_audio_transcription.completed",
        "conversation.item.added",
        "input_audio_buffer.dtmf_event_received",
        "response.created",
        "output_audio_buffer.started",
        "input_audio_buffer.speech_started",
        "output_audio_buffer.cleared",
        "conversation.item.truncated",
        "response.done",
    ]
    assert len({one["event_id"] for one in told}) == len(told)
    assert told[0]["session"]["model"] == "100"
    assert told[-1]["response"]["status"] == "cancelled"


def test_a_response_that_is_made_before_it_is_heard() -> None:
    """As quick models make them: its start and end are told; those of the gateway's own words are not."""
    events = RealtimeEvents("rtc_1", "100")
    happened = [
        ("PlaybackStarted", {"item_id": "words"}),
        ("Played", {"item_id": "words"}),
        ("ResponseStarted", {"response_id": "r1"}),
        ("ResponseEnded", {"response_id": "r1", "status": "completed"}),
        ("PlaybackStarted", {"item_id": "a1"}),
        ("Played", {"item_id": "a1"}),
        ("PlaybackStarted", {"item_id": "words"}),
        ("Played", {"item_id": "words"}),
    ]
    told = [event for what, about in happened for event in events.happened(what, about)]
    assert [(one["type"], one.get("response_id")) for one in told] == [
        ("response.created", None),
        ("response.done", None),
        ("output_audio_buffer.started", "r1"),
        ("output_audio_buffer.stopped", "r1"),
    ]


@pytest.mark.parametrize(
    ("asked", "answer", "told"),
    [
        ({"type": "session.update", "session": {}}, "session.updated", None),
        (
            {
                "type": "conversation.item.create",
                "item": {
                    "type": "message",
                    "content": [{"type": "input_text", "text": "It is his birthday."}],
                },
            },
            None,
            AgentTold("It is his birthday.", answer=False),
        ),
        ({"type": "response.create"}, None, AgentTold("Go on.", answer=True)),
        (
            {"type": "response.create", "response": {"instructions": "x" * 9_000}},
            None,
            AgentTold("x" * MOST_TEXT, answer=True),
        ),
        ({"type": "conversation.item.create", "item": {"type": "message", "content": 5}}, "error", None),
        ({"type": "output_audio_buffer.clear"}, "error", None),
        ({"type": 5}, "error", None),
        ({}, "error", None),
    ],
)
def test_what_a_page_asks_for(asked: dict[str, object], answer: str | None, told: AgentTold | None) -> None:
    answers, for_agent = RealtimeEvents("rtc_1", "100").asked(json.dumps(asked))
    assert [one["type"] for one in answers] == ([answer] if answer else [])
    assert for_agent == told


@pytest.mark.parametrize("frame", ["", "{", "[]", "5"])
def test_what_is_no_event(frame: str) -> None:
    (error,), told = RealtimeEvents("rtc_1", "100").asked(frame)
    assert (error["error"]["code"], told) == ("invalid_json", None)
