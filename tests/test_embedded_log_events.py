"""Log events of the embedded realtime server: `test_log_events` holds all events to their call sites."""

from __future__ import annotations

from gateway.embedded_log_events import EMBEDDED
from gateway.log_events import EVENTS


def test_they_are_among_all_events_and_last() -> None:
    """The page has them at its end, in their order."""
    assert list(EVENTS)[-len(EMBEDDED) :] == list(EMBEDDED)
    assert EVENTS["embedded.ready"] is EMBEDDED["embedded.ready"]
