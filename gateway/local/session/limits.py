"""What the protocol allows in `session.update`, `conversation.item.create` and `response.create` (GA).

Names, kinds and ranges as the hosted service checks them: one unknown key refuses the whole event.
"""

from __future__ import annotations

import re
from typing import Any

from gateway.local.session.schema import (
    Refused,
    anything,
    array,
    choice,
    decimal,
    either,
    flag,
    integer,
    mapping,
    matching,
    record,
    shorter,
    tagged,
    text,
)

_PCM_FIELDS = {"type": text, "rate": integer(24_000, 24_000)}
_FORMAT = tagged(
    {
        "audio/pcm": record(_PCM_FIELDS),
        # The service's own clients send a rate with G.711 too; it is not looked at.
        "audio/pcmu": record({"type": text, "rate": anything}),
        "audio/pcma": record({"type": text, "rate": anything}),
    }
)
_TURN_DETECTION = tagged(
    {
        "server_vad": record(
            {
                "type": text,
                "threshold": decimal(0.0, 1.0),
                "prefix_padding_ms": integer(0),
                "silence_duration_ms": integer(0),
                "idle_timeout_ms": integer(5000, 30_000),
                "create_response": flag,
                "interrupt_response": flag,
            }
        ),
        "semantic_vad": record(
            {
                "type": text,
                "eagerness": choice("low", "medium", "high", "auto"),
                "create_response": flag,
                "interrupt_response": flag,
            }
        ),
    }
)
_TRANSCRIPTION = record(
    {
        "model": text,
        "language": text,
        "languages": array(text),
        "prompt": text,
        "keywords": array(text),
        "delay": choice("minimal", "low", "medium", "high", "xhigh"),
    }
)
_NOISE = record({"type": choice("near_field", "far_field"), "strength": decimal(0.0)}, "type")
_AUDIO_INPUT = record(
    {
        "format": _FORMAT,
        "noise_reduction": _NOISE,
        "transcription": _TRANSCRIPTION,
        "turn_detection": _TURN_DETECTION,
    }
)
_VOICE = either((str, text), (dict, record({"id": text}, "id")))
_AUDIO_OUTPUT = record({"format": _FORMAT, "voice": _VOICE, "speed": decimal(0.25, 1.5)})
_NAME = matching("^[a-zA-Z0-9_-]+$", most=64)
_TOOL = tagged(
    {
        "function": record(
            {"type": text, "name": _NAME, "description": text, "parameters": mapping}, "type", "name"
        ),
        "mcp": record(
            {
                "type": text,
                "server_label": text,
                "server_url": text,
                "connector_id": text,
                "tunnel_id": text,
                "server_description": text,
                "authorization": text,
                "headers": mapping,
                "allowed_tools": anything,
                "allowed_callers": anything,
                "require_approval": anything,
                "defer_loading": flag,
            },
            "type",
            "server_label",
        ),
    }
)
_MCP_PLACES = ("server_url", "connector_id", "tunnel_id")


def _tools(value: Any, path: str) -> None:
    array(_TOOL)(value, path)
    labels: set[str] = set()
    for index, tool in enumerate(value):
        if tool["type"] != "mcp":
            continue
        here = f"{path}[{index}]"
        if sum(tool.get(place) is not None for place in _MCP_PLACES) != 1:
            message = f"Invalid '{here}': expected exactly one of {', '.join(_MCP_PLACES)}."
            raise Refused("invalid_value", message, here)
        keys = {name.lower() for name in tool.get("headers") or {}}
        if tool.get("authorization") is not None and "authorization" in keys:
            message = f"Invalid '{here}': authorization is given twice, also in headers."
            raise Refused("invalid_value", message, f"{here}.authorization")
        if tool["server_label"] in labels:
            message = f"Duplicate MCP server_label found: '{tool['server_label']}'."
            raise Refused("invalid_value", message, f"{here}.server_label")
        labels.add(tool["server_label"])


_TOOL_CHOICE = either(
    (str, choice("auto", "none", "required")),
    (
        dict,
        tagged(
            {
                "function": record({"type": text, "name": text}, "name"),
                "mcp": record({"type": text, "server_label": text, "name": text}, "server_label"),
            }
        ),
    ),
)


def _modalities(value: Any, path: str) -> None:
    array(choice("text", "audio"))(value, path)
    # Audio carries its transcript: both at once was the beta's way and is refused now.
    if len(value) != 1:
        shown = "[" + ", ".join(f"'{one}'" for one in value) + "]"
        message = f"Invalid modalities: {shown}. Supported combinations are: ['text'] and ['audio']."
        raise Refused("invalid_value", message, path)


_MAX_TOKENS = either((int, integer(1, 4096)), (str, choice("inf")))
_REASONING = record({"effort": choice("minimal", "low", "medium", "high", "xhigh")})
_PROMPT = record({"id": text, "version": text, "variables": mapping}, "id")
_SHARED = {
    "output_modalities": _modalities,
    "instructions": text,
    "tools": _tools,
    "tool_choice": _TOOL_CHOICE,
    "max_output_tokens": _MAX_TOKENS,
    "prompt": _PROMPT,
    "reasoning": _REASONING,
    "parallel_tool_calls": flag,
}

REALTIME_SESSION = record(
    {
        **_SHARED,
        "type": text,
        "model": text,
        "audio": record({"input": _AUDIO_INPUT, "output": _AUDIO_OUTPUT}),
        "truncation": either((str, choice("auto", "disabled")), (dict, mapping)),
        "tracing": either((str, choice("auto")), (dict, mapping)),
        "include": array(text),
    }
)
TRANSCRIPTION_SESSION = record(
    {"type": text, "audio": record({"input": _AUDIO_INPUT}), "include": array(text)}
)

_INPUT_TEXT = record({"type": text, "text": text}, "text")


def _picture(value: Any, path: str) -> None:
    text(value, path)
    if not re.match(r"data:image/(png|jpe?g);base64,", value):
        message = f"Invalid '{path}'. Expected a data URL of a PNG or JPEG image in base64."
        raise Refused("invalid_value", message, path)


_USER_PART = tagged(
    {
        "input_text": _INPUT_TEXT,
        "input_audio": record({"type": text, "audio": text, "transcript": text}),
        "input_image": record(
            {"type": text, "image_url": _picture, "detail": choice("auto", "low", "high")}, "image_url"
        ),
    }
)
# The agent's own audio cannot be put into its mouth: earlier words go in as text.
_ASSISTANT_PART = tagged({"output_text": _INPUT_TEXT})
_PARTS = {"user": _USER_PART, "assistant": _ASSISTANT_PART, "system": tagged({"input_text": _INPUT_TEXT})}
_COMMON = {"type": text, "id": text, "object": text, "status": text}


def _message(value: Any, path: str) -> None:
    record({**_COMMON, "role": choice(*_PARTS), "content": anything, "phase": text}, "role", "content")(
        value, path
    )
    array(_PARTS[value["role"]])(value["content"], f"{path}.content")


_CALL_ID = matching("^[a-zA-Z0-9_-]+$")
_FUNCTION_CALL = record(
    {**_COMMON, "name": _NAME, "call_id": _CALL_ID, "arguments": text}, "name", "arguments"
)
_FUNCTION_OUTPUT = record({**_COMMON, "call_id": _CALL_ID, "output": text}, "call_id", "output")
_APPROVAL = record(
    {**_COMMON, "approval_request_id": text, "approve": flag, "reason": text},
    "id",
    "approval_request_id",
    "approve",
)
_ITEMS = {
    "message": _message,
    "function_call": _FUNCTION_CALL,
    "function_call_output": _FUNCTION_OUTPUT,
    "mcp_approval_response": _APPROVAL,
    "mcp_list_tools": anything,
    "mcp_call": anything,
    "mcp_approval_request": anything,
}
ITEM = tagged(_ITEMS)
INPUT_ITEM = tagged({**_ITEMS, "item_reference": record({**_COMMON}, "id")})


def _metadata(value: Any, path: str) -> None:
    mapping(value, path)
    if len(value) > 16:
        raise Refused("object_above_max_properties", f"Invalid '{path}': at most 16 pairs are allowed.", path)
    for name, one in value.items():
        shorter(64)(name, path)
        shorter(512)(one, f"{path}.{name}")


EVENT_ID = shorter(512)
RESPONSE = record(
    {
        **_SHARED,
        "conversation": choice("auto", "none"),
        "input": array(INPUT_ITEM),
        "metadata": _metadata,
        "audio": record({"output": _AUDIO_OUTPUT}),
    }
)
