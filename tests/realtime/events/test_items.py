from __future__ import annotations

from typing import Any

import pytest

from gateway.realtime.events import plain
from gateway.realtime.events.client import ItemCreate
from gateway.realtime.events.items import (
    FunctionCall,
    FunctionCallOutput,
    ItemReference,
    McpApprovalRequest,
    McpApprovalResponse,
    McpCall,
    McpListTools,
    Message,
    UnknownItem,
    text_message,
)

KINDS: list[tuple[dict[str, Any], type]] = [
    ({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}, Message),
    ({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}, FunctionCall),
    ({"type": "function_call_output", "call_id": "c", "output": "{}"}, FunctionCallOutput),
    ({"type": "mcp_list_tools", "id": "m", "server_label": "crm", "tools": [{"name": "t"}]}, McpListTools),
    ({"type": "mcp_call", "id": "m", "server_label": "crm", "name": "t", "arguments": "{}"}, McpCall),
    (
        {"type": "mcp_approval_request", "server_label": "c", "name": "t", "arguments": "{}"},
        McpApprovalRequest,
    ),
    ({"type": "mcp_approval_response", "approval_request_id": "r", "approve": True}, McpApprovalResponse),
    ({"type": "item_reference", "id": "item_1"}, ItemReference),
    ({"type": "hologram", "beams": 3}, UnknownItem),
]


@pytest.mark.parametrize(("data", "kind"), KINDS)
def test_an_item_is_known_by_its_type(data: dict[str, Any], kind: type) -> None:
    """Each kind of item has its class, and comes back as it was."""
    event = ItemCreate.model_validate({"item": data})
    assert type(event.item) is kind
    assert plain(event)["item"] == data


@pytest.mark.parametrize(
    ("role", "kind"), [("user", "input_text"), ("system", "input_text"), ("assistant", "output_text")]
)
def test_text_is_written_as_its_role_requires(role: str, kind: str) -> None:
    """The agent's earlier words are output_text; the wrong kind would be refused."""
    assert plain(text_message(role, "hi")) == {
        "type": "message",
        "role": role,
        "content": [{"type": kind, "text": "hi"}],
    }


def test_a_text_message_can_have_an_id_of_ours() -> None:
    """Seeded items are named by us, so that seeding twice is noticed."""
    assert text_message("user", "hi", id="seed_1").id == "seed_1"
