"""One sample of every event of the wire, as a stranger would send it."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

MESSAGE: Json = {
    "id": "item_1",
    "object": "realtime.item",
    "type": "message",
    "status": "completed",
    "role": "assistant",
    "content": [{"type": "output_audio", "transcript": "Hello."}],
}
USAGE: Json = {
    "total_tokens": 30,
    "input_tokens": 20,
    "output_tokens": 10,
    "input_token_details": {
        "text_tokens": 12,
        "audio_tokens": 8,
        "image_tokens": 0,
        "cached_tokens": 5,
        "cached_tokens_details": {"text_tokens": 4, "audio_tokens": 1, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 3, "audio_tokens": 7},
}
RESPONSE: Json = {
    "object": "realtime.response",
    "id": "resp_1",
    "status": "completed",
    "status_details": None,
    "output": [MESSAGE],
    "conversation_id": "conv_1",
    "output_modalities": ["audio"],
    "max_output_tokens": "inf",
    "audio": {"output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin"}},
    "metadata": {"a": "b"},
    "usage": USAGE,
}
SESSION: Json = {
    "type": "realtime",
    "object": "realtime.session",
    "id": "sess_1",
    "expires_at": 1_800_000_000,
    "model": "gpt-realtime-2.1",
    "output_modalities": ["audio"],
    "instructions": "Be brief.",
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "transcription": None,
            "noise_reduction": None,
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 500,
                "idle_timeout_ms": None,
                "create_response": True,
                "interrupt_response": True,
            },
        },
        "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin", "speed": 1.0},
    },
    "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}}],
    "tool_choice": "auto",
    "max_output_tokens": "inf",
    "truncation": "auto",
    "tracing": None,
    "prompt": None,
    "include": None,
}
PLACE: Json = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0}
CONTENT: Json = {**PLACE, "content_index": 0}
MCP: Json = {"item_id": "item_1", "output_index": 0}
ITEM: Json = {"previous_item_id": None, "item": MESSAGE}
HEARD: Json = {"item_id": "item_9", "content_index": 0}

CLIENT: dict[str, Json] = {
    "session.update": {"session": {"type": "realtime", "instructions": "x"}},
    "input_audio_buffer.append": {"audio": "AAAA"},
    "input_audio_buffer.commit": {},
    "input_audio_buffer.clear": {},
    "conversation.item.create": {"previous_item_id": "root", "item": MESSAGE},
    "conversation.item.retrieve": {"item_id": "item_1"},
    "conversation.item.delete": {"item_id": "item_1"},
    "conversation.item.truncate": {"item_id": "item_1", "content_index": 0, "audio_end_ms": 120},
    "response.create": {"response": {"conversation": "none", "input": [], "metadata": {"a": "b"}}},
    "response.cancel": {"response_id": "resp_1"},
    "output_audio_buffer.clear": {},
}

SERVER: dict[str, Json] = {
    "error": {
        "error": {"type": "invalid_request_error", "code": "invalid_value", "message": "no", "param": None}
    },
    "session.created": {"session": SESSION},
    "session.updated": {"session": SESSION},
    "conversation.created": {"conversation": {"id": "conv_1", "object": "realtime.conversation"}},
    "conversation.item.added": ITEM,
    "conversation.item.done": ITEM,
    "conversation.item.created": ITEM,
    "conversation.item.retrieved": {"item": MESSAGE},
    "conversation.item.truncated": {"item_id": "item_1", "content_index": 0, "audio_end_ms": 120},
    "conversation.item.deleted": {"item_id": "item_1"},
    "conversation.item.input_audio_transcription.delta": {**HEARD, "delta": "Hel"},
    "conversation.item.input_audio_transcription.completed": {
        **HEARD,
        "transcript": "Hello",
        "usage": {"type": "duration", "seconds": 1.5},
    },
    "conversation.item.input_audio_transcription.segment": {
        **HEARD,
        "id": "seg_1",
        "text": "Hello",
        "speaker": "A",
        "start": 0.0,
        "end": 1.0,
    },
    "conversation.item.input_audio_transcription.failed": {**HEARD, "error": {"code": "x", "message": "y"}},
    "input_audio_buffer.committed": {"item_id": "item_9", "previous_item_id": None},
    "input_audio_buffer.cleared": {},
    "input_audio_buffer.speech_started": {"item_id": "item_9", "audio_start_ms": 500},
    "input_audio_buffer.speech_stopped": {"item_id": "item_9", "audio_end_ms": 1500},
    "input_audio_buffer.timeout_triggered": {"item_id": "item_9", "audio_start_ms": 0, "audio_end_ms": 9},
    "input_audio_buffer.dtmf_event_received": {"event": "5", "received_at": 1_800_000_000},
    "output_audio_buffer.started": {"response_id": "resp_1"},
    "output_audio_buffer.stopped": {"response_id": "resp_1"},
    "output_audio_buffer.cleared": {"response_id": "resp_1"},
    "response.created": {"response": RESPONSE},
    "response.done": {"response": RESPONSE},
    "response.output_item.added": {"response_id": "resp_1", "output_index": 0, "item": MESSAGE},
    "response.output_item.done": {"response_id": "resp_1", "output_index": 0, "item": MESSAGE},
    "response.content_part.added": {**CONTENT, "part": {"type": "audio", "transcript": ""}},
    "response.content_part.done": {**CONTENT, "part": {"type": "audio", "transcript": "Hello."}},
    "response.output_text.delta": {**CONTENT, "delta": "Hel"},
    "response.output_text.done": {**CONTENT, "text": "Hello"},
    "response.output_audio.delta": {**CONTENT, "delta": "AAAA"},
    "response.output_audio.done": CONTENT,
    "response.output_audio_transcript.delta": {**CONTENT, "delta": "Hel"},
    "response.output_audio_transcript.done": {**CONTENT, "transcript": "Hello."},
    "response.function_call_arguments.delta": {**PLACE, "call_id": "call_1", "delta": "{"},
    "response.function_call_arguments.done": {**PLACE, "call_id": "call_1", "name": "f", "arguments": "{}"},
    "response.mcp_call_arguments.delta": {**PLACE, "delta": "{", "obfuscation": "x"},
    "response.mcp_call_arguments.done": {**PLACE, "arguments": "{}"},
    "response.mcp_call.in_progress": MCP,
    "response.mcp_call.completed": MCP,
    "response.mcp_call.failed": MCP,
    "mcp_list_tools.in_progress": {"item_id": "item_1"},
    "mcp_list_tools.completed": {"item_id": "item_1"},
    "mcp_list_tools.failed": {"item_id": "item_1"},
    "rate_limits.updated": {
        "rate_limits": [{"name": "tokens", "limit": 100, "remaining": 90, "reset_seconds": 0.5}]
    },
}


def client(kind: str) -> Json:
    """Return a client event."""
    return {"type": kind, "event_id": "evt_1", **CLIENT[kind]}


def server(kind: str) -> Json:
    """Return a server event."""
    if kind == "input_audio_buffer.dtmf_event_received":
        return {"type": kind, **SERVER[kind]}  # the one without an event id
    return {"type": kind, "event_id": "event_1", **SERVER[kind]}
