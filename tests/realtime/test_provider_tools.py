"""MCP calls that the provider makes itself."""

from __future__ import annotations

from typing import Any

import orjson

from gateway.call import ApprovalRequested, ProviderToolCalled, ProviderToolReturned
from gateway.realtime.events.codec import parse_server
from gateway.realtime.interpreter import Interpreter

CALL = {"type": "mcp_call", "id": "mcp_1", "server_label": "crm", "name": "find", "arguments": "{}"}


def facts(*events: dict[str, Any]) -> list[object]:
    """Return what an interpreter makes of events."""
    interpreter = Interpreter()
    return [
        fact
        for event in events
        for fact in interpreter.event(parse_server(orjson.dumps({"event_id": "e", **event})))  # type: ignore[arg-type]
    ]


def item(kind: str, item: dict[str, Any]) -> dict[str, Any]:
    """Return an event about an item."""
    return {"type": f"response.output_item.{kind}", "response_id": "r", "output_index": 0, "item": item}


def test_a_call_begins_and_ends_once() -> None:
    """However often that is told."""
    place = {"item_id": "mcp_1", "output_index": 0}
    assert facts(
        item("added", CALL),
        {"type": "response.mcp_call.in_progress", **place},
        {"type": "response.mcp_call.in_progress", **place},
        {"type": "response.mcp_call.completed", **place},
        item("done", {**CALL, "output": "x"}),
        {"type": "response.mcp_call.failed", **place},
    ) == [ProviderToolCalled("mcp_1", "find"), ProviderToolReturned("mcp_1")]


def test_a_server_may_tell_of_the_item_alone() -> None:
    """Then it began and ended with that."""
    assert facts(item("done", {**CALL, "error": {"message": "x"}})) == [
        ProviderToolCalled("mcp_1", "find"),
        ProviderToolReturned("mcp_1"),
    ]


def test_an_end_without_a_beginning_is_nothing() -> None:
    """Of a call in another session, maybe."""
    assert facts({"type": "response.mcp_call.completed", "item_id": "x", "output_index": 0}) == []


def test_a_request_to_agree_becomes_a_question() -> None:
    """Once; arguments that are none are left out."""
    request = {**CALL, "type": "mcp_approval_request", "id": "mcpr_1", "arguments": '{"day": "Monday"}'}
    assert facts(item("done", request), item("done", request)) == [
        ApprovalRequested("mcpr_1", "May I do this: find, day Monday? Please say yes or no.")
    ]
    odd = {**request, "id": "mcpr_2", "arguments": "[1"}
    assert facts(item("done", odd)) == [
        ApprovalRequested("mcpr_2", "May I do this: find? Please say yes or no.")
    ]
