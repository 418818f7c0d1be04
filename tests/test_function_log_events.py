"""Log events of functions: `test_log_events` holds all events to their call sites."""

from __future__ import annotations

from gateway.function_log_events import FUNCTIONS
from gateway.log_events import EVENTS


def test_they_are_among_all_events_and_together() -> None:
    """The page has them in their order."""
    names = list(EVENTS)
    first = names.index(next(iter(FUNCTIONS)))
    assert names[first : first + len(FUNCTIONS)] == list(FUNCTIONS)
    assert {name.partition(".")[0] for name in FUNCTIONS} == {"mcp", "tool"}
