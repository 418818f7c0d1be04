"""Facts: the few of them that compute or promise something."""

from __future__ import annotations

import dataclasses
from typing import get_args

from gateway.call import Fact, ToolReturned, ToolThen, Usage


def test_usage_adds_up_field_by_field() -> None:
    """Cached tokens stay beside the others, of which they are a part."""
    one = Usage(1, 2, 3, 4, 5, 6, 7, 8)
    assert one + one == Usage(2, 4, 6, 8, 10, 12, 14, 16)
    assert sum([one, one], Usage()) == one + one


def test_nothing_that_happened_can_be_changed() -> None:
    """Facts are handed to listeners as they are; nobody can alter them for the next."""
    assert all(dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen for kind in get_args(Fact))  # type: ignore[attr-defined]


def test_the_agent_speaks_about_a_result_unless_told_otherwise() -> None:
    """A tool that says nothing of it leaves the word to the agent."""
    assert ToolReturned("c", "{}").then is ToolThen.SPEAK
