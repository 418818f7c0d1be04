"""`gateway events`."""

from gateway import log_events
from tests.cli.conftest import Run


def test_all_events_are_listed(gateway: Run) -> None:
    """As in the documentation."""
    told = gateway("events")
    assert (told.code, told.out) == (0, log_events.reference() + "\n")
