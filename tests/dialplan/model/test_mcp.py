"""The keys of a tool server."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from gateway.dialplan.model import Agent, McpServer


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({}, "either command"),
        ({"command": ["a"], "url": "https://x"}, "either command"),
        ({"command": []}, "at least 1"),
        ({"url": "ftp://x"}, "http"),
        ({"url": "https://x", "env": {"A": "b"}}, "env: is for a command"),
        ({"command": ["a"], "headers": {"X-A": "b"}}, "headers: are for a url"),
        ({"url": "https://x", "headers": {"Authorization": "Bearer abc"}}, "secret"),
        ({"command": ["a"], "env": {"API_KEY": "abc"}}, "secret"),
        ({"command": ["a"], "mode": "provider"}, "url: only"),
        ({"command": ["a"], "approval": "sometimes"}, "never"),
        ({"command": ["a"], "tools": ["a"], "approval": ["b"]}, "not among tools"),
        ({"command": ["a"], "session": "own"}, "shared"),
        ({"command": ["a"], "timeout": "5m"}, "100ms to 2m"),
    ],
)
def test_what_makes_no_sense_is_refused(keys: dict[str, Any], why: str) -> None:
    """At load, not during a call."""
    with pytest.raises(pydantic.ValidationError, match=why):
        McpServer.model_validate(keys)


@pytest.mark.parametrize("name", ["", "1a", "a__b", "a_", "a.b", "a b", "x" * 70])
def test_a_name_leaves_room_for_that_of_a_function(name: str) -> None:
    """And has nothing in it that parts the two."""
    with pytest.raises(pydantic.ValidationError, match="32 letters"):
        Agent.model_validate({"mcp": {name: {"command": ["a"]}}})
    assert Agent.model_validate({"mcp": {"my_crm-2": {"command": ["a"]}}}).mcp


def test_a_command_is_written_in_a_line_or_word_by_word() -> None:
    """As people do."""
    assert McpServer.model_validate({"command": "python 'my server.py' -v"}).command == (
        "python",
        "my server.py",
        "-v",
    )


@pytest.mark.parametrize(
    ("approval", "asked"),
    [
        ("never", None),
        ("always", ""),
        (["book"], ""),
        (["pay"], None),
        ({"book": "Shall I?"}, "Shall I?"),
        ({"pay": "Pay?"}, None),
    ],
)
def test_it_is_known_for_what_the_caller_is_asked(approval: Any, asked: str | None) -> None:
    """In which words, if the plan has any."""
    server = McpServer.model_validate({"command": ["a"], "approval": approval})
    assert server.question("book") == asked
