from __future__ import annotations

from gateway.local.reply.summary import summary_wanted
from gateway.local.vocabulary import HeardTurn

CALL = [
    HeardTurn("assistant", "Hello!"),
    HeardTurn("user", "What time is it?"),
    HeardTurn("user", " "),
    HeardTurn("user", "Goodbye."),
]


def test_summary() -> None:
    """A summary tells what the caller said."""
    assert summary_wanted("Summarize the call.", CALL) == "The caller said: What time is it; Goodbye."


def test_silent_call() -> None:
    """So it does when that was nothing."""
    assert summary_wanted("Write a summary", CALL[:1]) == "The caller said nothing."


def test_not_asked() -> None:
    """Other instructions ask for no summary."""
    assert summary_wanted("Classify the call.", CALL) is None
