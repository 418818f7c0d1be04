"""`gateway events`: all that is logged."""

from gateway import log_events
from gateway.cli.outcome import finish


def events() -> None:
    """Print a table of all events that are logged: id, mark, level, sentence, meaning."""
    finish((log_events.reference(), 0))
