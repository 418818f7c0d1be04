from __future__ import annotations

from typing import Any

import pytest

from gateway.realtime.events import flat

FLAT: dict[str, Any] = {
    "modalities": ["text", "audio"],
    "instructions": "x",
    "voice": "alloy",
    "speed": 1.0,
    "input_audio_format": "pcm16",
    "output_audio_format": "g711_ulaw",
    "input_audio_transcription": {"model": "whisper-1"},
    "input_audio_noise_reduction": {"type": "near_field"},
    "turn_detection": {"type": "server_vad", "threshold": 0.5},
    "tools": [{"type": "function", "name": "f"}],
    "tool_choice": "auto",
    "max_response_output_tokens": 4096,
}
NESTED: dict[str, Any] = {
    "type": "realtime",
    "output_modalities": ["audio"],
    "instructions": "x",
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "transcription": {"model": "whisper-1"},
            "noise_reduction": {"type": "near_field"},
            "turn_detection": {"type": "server_vad", "threshold": 0.5},
        },
        "output": {"format": {"type": "audio/pcmu"}, "voice": "alloy", "speed": 1.0},
    },
    "tools": [{"type": "function", "name": "f"}],
    "tool_choice": "auto",
    "max_output_tokens": 4096,
}


def test_a_flat_session_becomes_ga_and_back() -> None:
    """All fields of the older shape have their place in the new one."""
    assert flat.session_from_flat(FLAT) == NESTED
    assert flat.session_to_flat(NESTED) == FLAT


def test_what_the_older_shape_lacks_is_left_out() -> None:
    """Truncation, reasoning, idle time-outs: older servers refuse them."""
    session = {
        "type": "realtime",
        "truncation": "auto",
        "reasoning": {"effort": "low"},
        "audio": {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 6000}}},
    }
    assert flat.session_to_flat(session) == {"turn_detection": {"type": "server_vad"}}


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_image", "image": {"url": "data:image/png;base64,AA", "detail": "low"}},
        {"type": "input_image", "image_url": {"url": "data:image/png;base64,AA", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA", "detail": "low"}},
        {"type": "image", "image": {"url": "data:image/png;base64,AA"}, "detail": "low"},
    ],
)
def test_older_forms_of_a_picture(part: dict[str, Any]) -> None:
    """Its address was an object; it is a text now, in items and in a response's input."""
    now = {"type": "input_image", "image_url": "data:image/png;base64,AA", "detail": "low"}
    item = {"type": "message", "role": "user", "content": [part]}
    created = flat.client_from_flat({"type": "conversation.item.create", "item": item})
    assert created["item"]["content"] == [now]
    asked = flat.client_from_flat({"type": "response.create", "response": {"input": [item]}})
    assert asked["response"]["input"][0]["content"] == [now]


def test_parts_that_are_no_objects_are_left_to_be_refused() -> None:
    """The wire is a stranger's."""
    for role in ("user", "assistant"):
        item = {"type": "message", "role": role, "content": ["x", {}, {"type": 5}, {"image": {"url": 1}}]}
        assert flat.client_from_flat({"type": "conversation.item.create", "item": item})["item"] == item


def test_null_stays_null() -> None:
    """Detection switched off is switched off in both shapes."""
    assert flat.session_to_flat({"audio": {"input": {"turn_detection": None}}}) == {"turn_detection": None}
    assert flat.session_from_flat({"turn_detection": None})["audio"] == {"input": {"turn_detection": None}}


@pytest.mark.parametrize(
    ("session", "is_flat"),
    [(FLAT, True), (NESTED, False), ({"instructions": "x"}, False), ({"modalities": ["text"]}, True)],
)
def test_the_shape_is_seen(session: dict[str, Any], is_flat: bool) -> None:
    """A session is flat when it has a flat field and no audio part."""
    assert flat.looks_flat(session) is is_flat


def test_client_events_are_translated_both_ways() -> None:
    """Updates, answers asked for and items of the agent change their shape; the rest does not."""
    for new, old in (
        (
            {"type": "session.update", "event_id": "e", "session": NESTED},
            {"type": "session.update", "event_id": "e", "session": FLAT},
        ),
        (
            {"type": "response.create", "response": {"output_modalities": ["audio"], "instructions": "x"}},
            {"type": "response.create", "response": {"modalities": ["text", "audio"], "instructions": "x"}},
        ),
        (
            _create("assistant", "output_text"),
            _create("assistant", "text"),
        ),
        (_create("user", "input_text"), _create("user", "input_text")),
        ({"type": "response.create"}, {"type": "response.create"}),
        ({"type": "response.cancel"}, {"type": "response.cancel"}),
    ):
        assert flat.client_to_flat(new) == old
        assert flat.client_from_flat(old) == new


def test_server_events_take_their_older_names() -> None:
    """A client of the older shape sees names, content types and the session as it knows them."""
    audio = flat.server_to_flat({"type": "response.output_audio.delta", "delta": "AA"})
    assert audio == {"type": "response.audio.delta", "delta": "AA"}
    added = flat.server_to_flat({**_create("assistant", "output_audio"), "type": "conversation.item.added"})
    assert added == {**_create("assistant", "audio"), "type": "conversation.item.created"}
    assert flat.server_to_flat({"type": "conversation.item.done", "item": {}}) is None
    updated = flat.server_to_flat({"type": "session.updated", "session": NESTED})
    assert updated == {"type": "session.updated", "session": {"object": "realtime.session", **FLAT}}
    done = flat.server_to_flat(
        {
            "type": "response.done",
            "response": {
                "id": "r",
                "max_output_tokens": "inf",
                "output_modalities": ["audio"],
                "audio": {"output": {"voice": "alloy", "format": {"type": "audio/pcm", "rate": 24000}}},
                "output": [_create("assistant", "output_audio")["item"]],
            },
        }
    )
    assert done is not None
    assert done["response"] == {
        "id": "r",
        "modalities": ["text", "audio"],
        "voice": "alloy",
        "output_audio_format": "pcm16",
        "max_response_output_tokens": "inf",
        "output": [_create("assistant", "audio")["item"]],
    }


def test_an_older_servers_session_is_read() -> None:
    """What a flat server says of its session is understood; a GA session passes."""
    body = {"type": "session.updated", "session": FLAT}
    read = flat.server_from_flat(body)["session"]
    assert read["audio"]["input"]["format"] == {"type": "audio/pcm"}  # pcm16: at whichever rate
    read["audio"]["input"]["format"]["rate"] = 24000
    assert read == NESTED
    told = {"session": {"input_audio_format": "pcm16", "input_audio_sampling_rate": 16000}}
    assert flat.server_from_flat(told)["session"]["audio"]["input"]["format"]["rate"] == 16000
    assert flat.server_from_flat({"type": "session.updated", "session": NESTED})["session"] is NESTED
    assert flat.server_from_flat({"type": "error"}) == {"type": "error"}


def _create(role: str, kind: str) -> dict[str, Any]:
    item = {"type": "message", "role": role, "content": [{"type": kind, "text": "x"}]}
    return {"type": "conversation.item.create", "item": item}


def test_a_parameter_of_the_older_shape_is_found_in_the_new() -> None:
    """With what stands below it; any other stays as it is."""
    for old, new in (
        ("session.speed", "session.audio.output.speed"),
        ("session.input_audio_transcription.model", "session.audio.input.transcription.model"),
        ("session.max_response_output_tokens", "session.max_output_tokens"),
        ("session.tools[0].name", "session.tools[0].name"),
        ("type", "type"),
    ):
        assert flat.path_from_flat(old) == new
