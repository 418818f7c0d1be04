"""What a tool server answered, as text for a model."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from gateway.tools.mcp.result import LONGEST_FAULT, data_of, told_result
from gateway.tools.result_text import LONGEST_OUTPUT


def result(*content: Any, data: Any = None, error: bool = False) -> SimpleNamespace:
    """Return a result as the SDK gives it."""
    return SimpleNamespace(content=list(content), structured_content=data, is_error=error)


def part(kind: str, **fields: Any) -> SimpleNamespace:
    """Return a piece of a result."""
    return SimpleNamespace(type=kind, **fields)


def test_text_is_told_as_it_is() -> None:
    """Pieces one below the other; what is no text by its kind."""
    told = told_result(
        result(
            part("text", text="one"),
            part("image", data="AAAA"),
            part("resource_link", name="map", uri="https://x"),
            part("resource", resource=SimpleNamespace(uri="file:///a", text="inside")),
            part("resource", resource=SimpleNamespace(uri="file:///b")),
        )
    )
    assert told == "one\n[image]\n[map: https://x]\ninside\n[file:///b]"


def test_data_is_told_where_there_is_no_text() -> None:
    """As JSON; nothing at all is a success."""
    assert told_result(result(data={"a": [1]})) == '{"a":[1]}'
    assert told_result(result()) == '{"ok":true}'
    assert data_of(result(data={"goto": "x"})) == {"goto": "x"}


def test_a_failure_is_told_as_one() -> None:
    """In the server's words, within bounds."""
    assert told_result(result(part("text", text="no such day"), error=True)) == '{"error":"no such day"}'
    assert told_result(result(error=True)) == '{"error":"it failed"}'
    assert len(told_result(result(part("text", text="x" * 9999), error=True))) < LONGEST_FAULT + 20
    assert data_of(result(data={"goto": "x"}, error=True)) is None


def test_a_huge_result_is_cut() -> None:
    """A model has other things to remember; half a character is none."""
    assert len(told_result(result(part("text", text="x" * 99_999)))) == LONGEST_OUTPUT
    assert told_result(result(part("text", text="a\ud800"))) == "a?"
