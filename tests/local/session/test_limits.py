from __future__ import annotations

from typing import Any

import pytest

from gateway.local.session.limits import INPUT_ITEM, ITEM, REALTIME_SESSION, RESPONSE, TRANSCRIPTION_SESSION
from gateway.local.session.schema import Refused

WHOLE = {
    "type": "realtime",
    "model": "gpt-realtime-2.1",
    "output_modalities": ["audio"],
    "instructions": "You are the phone agent of Acme.",
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "noise_reduction": {"type": "near_field"},
            "transcription": {"model": "gpt-transcribe", "language": "en"},
            "turn_detection": {
                "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
                "idle_timeout_ms": 6000, "create_response": True, "interrupt_response": True,
            },
        },
        "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin", "speed": 1.0},
    },
    "tools": [{"type": "function", "name": "weather", "description": "w", "parameters": {"type": "object"}}],
    "tool_choice": "auto",
    "max_output_tokens": 4096,
    "truncation": {"type": "retention_ratio", "retention_ratio": 0.8},
    "tracing": {"workflow_name": "phone"},
    "include": ["item.input_audio_transcription.logprobs"],
    "reasoning": {"effort": "low"},
    "parallel_tool_calls": False,
}  # fmt: skip


def audio_input(**fields: Any) -> dict[str, Any]:
    return {"type": "realtime", "audio": {"input": fields}}


@pytest.mark.parametrize(
    "session",
    [
        WHOLE,
        audio_input(format={"type": "audio/pcmu"}),
        audio_input(format={"type": "audio/pcma", "rate": 8000}),
        audio_input(turn_detection=None, noise_reduction=None, transcription=None),
        audio_input(turn_detection={"type": "semantic_vad", "eagerness": "auto"}),
        {"type": "realtime", "audio": {"output": {"voice": {"id": "voice_1234"}, "speed": 1}}},
        {"type": "realtime", "tool_choice": {"type": "function", "name": "x"}, "max_output_tokens": "inf"},
        {"type": "realtime", "tool_choice": {"type": "mcp", "server_label": "crm", "name": "find"}},
        {"type": "realtime", "tools": [{"type": "mcp", "server_label": "crm", "server_url": "https://x"}]},
        {"type": "realtime", "prompt": {"id": "pmpt_1", "variables": {"city": "Paris"}}, "tracing": None},
        {"type": "realtime", "truncation": "disabled", "tracing": "auto"},
    ],
)
def test_sessions(session: dict[str, Any]) -> None:
    """All that the protocol has is accepted."""
    REALTIME_SESSION(session, "session")


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({"temperature": 0.8}, "unknown_parameter", "session.temperature"),
        ({"voice": "marin"}, "unknown_parameter", "session.voice"),
        ({"output_modalities": ["audio", "text"]}, "invalid_value", "session.output_modalities"),
        ({"output_modalities": ["video"]}, "invalid_value", "session.output_modalities[0]"),
        ({"max_output_tokens": 5000}, "integer_above_max_value", "session.max_output_tokens"),
        ({"max_output_tokens": "all"}, "invalid_value", "session.max_output_tokens"),
        ({"tools": [{"type": "function"}]}, "missing_required_parameter", "session.tools[0].name"),
        ({"tools": [{"type": "function", "name": "get weather"}]}, "invalid_value", "session.tools[0].name"),
        ({"tools": [{"type": "function", "name": "x" * 65}]},
         "string_above_max_length", "session.tools[0].name"),
        ({"tools": [{"type": "mcp", "server_label": "a"}]}, "invalid_value", "session.tools[0]"),
        ({"tools": [{"type": "mcp", "server_label": "a", "server_url": "https://x", "connector_id": "y"}]},
         "invalid_value", "session.tools[0]"),
        ({"tools": [{"type": "mcp", "server_label": "a", "server_url": "https://x", "authorization": "t",
                     "headers": {"Authorization": "t"}}]}, "invalid_value", "session.tools[0].authorization"),
        ({"tools": [{"type": "mcp", "server_label": "a", "server_url": "https://x"}] * 2},
         "invalid_value", "session.tools[1].server_label"),
        ({"audio": {"output": {"speed": 2}}}, "decimal_above_max_value", "session.audio.output.speed"),
        ({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}}, "integer_below_min_value",
         "session.audio.input.format.rate"),
        ({"audio": {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 100}}}},
         "integer_below_min_value", "session.audio.input.turn_detection.idle_timeout_ms"),
        ({"audio": {"input": {"turn_detection": {"type": "semantic_vad", "threshold": 0.5}}}},
         "unknown_parameter", "session.audio.input.turn_detection.threshold"),
        ({"audio": {"input": {"turn_detection": {}}}},
         "missing_required_parameter", "session.audio.input.turn_detection.type"),
    ],
)  # fmt: skip
def test_wrong_sessions(session: dict[str, Any], code: str, param: str) -> None:
    """What the service refuses is refused with its code and place."""
    with pytest.raises(Refused) as caught:
        REALTIME_SESSION(session, "session")
    assert (caught.value.code, caught.value.param) == (code, param)


def test_transcription_sessions_have_no_voice() -> None:
    """A session that only writes knows the input side only."""
    TRANSCRIPTION_SESSION(
        {"type": "transcription", "audio": {"input": {"transcription": {"model": "x"}}}}, "session"
    )
    with pytest.raises(Refused):
        TRANSCRIPTION_SESSION({"type": "transcription", "audio": {"output": {}}}, "session")


def message(role: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": kind, **more}]}


@pytest.mark.parametrize(
    "item",
    [
        message("user", "input_text", text="hi"),
        message("user", "input_audio", audio="AAAA"),
        message("user", "input_image", image_url="data:image/png;base64,AAAA", detail="low"),
        message("assistant", "output_text", text="Hello."),
        message("system", "input_text", text="Go on."),
        {"type": "function_call", "name": "x", "call_id": "call_1", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "{}"},
        {"type": "mcp_approval_response", "id": "a", "approval_request_id": "b", "approve": True},
    ],
)
def test_items(item: dict[str, Any]) -> None:
    """The items a client may add."""
    ITEM(item, "item")
    INPUT_ITEM(item, "response.input[0]")


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (message("assistant", "output_audio", audio="AAAA"), "invalid_value"),
        (message("assistant", "text", text="beta"), "invalid_value"),
        (message("user", "output_text", text="x"), "invalid_value"),
        (message("robot", "input_text", text="x"), "invalid_value"),
        (message("user", "input_text"), "missing_required_parameter"),
        ({"type": "item_reference", "id": "x"}, "invalid_value"),
        ({"type": "function_call_output", "call_id": "x", "output": {}}, "invalid_type"),
    ],
)
def test_wrong_items(item: dict[str, Any], code: str) -> None:
    """The agent's audio cannot be put into its mouth, and texts belong to their roles."""
    with pytest.raises(Refused) as caught:
        ITEM(item, "item")
    assert caught.value.code == code


def test_responses() -> None:
    """A response may be out of band, refer to items, and carry 16 pairs of metadata."""
    RESPONSE({"conversation": "none", "input": [{"type": "item_reference", "id": "x"}]}, "response")
    RESPONSE({"metadata": {str(n): "x" for n in range(16)}}, "response")
    with pytest.raises(Refused):
        RESPONSE({"metadata": {str(n): "x" for n in range(17)}}, "response")
    with pytest.raises(Refused):
        RESPONSE({"metadata": {"a": 1}}, "response")
