"""What a tool server answered, as text for a model. Pure."""

from __future__ import annotations

from typing import Any

from gateway.tools.result_text import LONGEST_OUTPUT, as_text, sendable

LONGEST_FAULT = 2_000
"""Characters of an error that a server explains."""


def told_result(result: Any) -> str:
    """Return a result (the SDK's `CallToolResult`): its text; what is no text by its kind."""
    text = "\n".join(part for part in (_part(one) for one in result.content or ()) if part)
    if result.is_error:
        return as_text({"error": sendable(text)[:LONGEST_FAULT] or "it failed"})
    if not text and result.structured_content is not None:
        text = as_text(result.structured_content)
    return sendable(text)[:LONGEST_OUTPUT] or '{"ok":true}'


def data_of(result: Any) -> Any:
    """Return the data of a result that has some; None for text alone."""
    return result.structured_content if not result.is_error else None


def _part(content: Any) -> str:
    match content.type:
        case "text":
            return str(content.text)
        case "resource_link":
            return f"[{content.name}: {content.uri}]"
        case "resource":
            return str(getattr(content.resource, "text", "") or f"[{content.resource.uri}]")
        case kind:
            return f"[{kind}]"
