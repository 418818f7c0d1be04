"""`gateway dial` without a gateway; whole calls are in tests/whole_calls/test_outbound.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("options", "cure"),
    [
        (["--var", "name"], "write NAME=VALUE"),
        (["--ring", "30"], "with its unit"),
        (["--retry-after", "soon"], "with its unit"),
        (["--socket", "none.sock"], "no gateway answers there"),
    ],
)
def test_what_cannot_be_is_told(gateway: Callable[..., Any], options: list[str], cure: str) -> None:
    """In one line, with the cure."""
    said = gateway("dial", "+15551230001", "--plan", "reminder", *options)
    assert said.code == 1
    assert cure in said.err
