"""What an attempt came to, in one word. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.records.call_record import LOST

OURS = frozenset({"operator_hung_up", "shutdown", "draining"})
"""Reasons for which nobody was reached because we gave up."""
_NAMED = frozenset({"busy", "no_answer", "refused", "unreachable", "redirected"})

STOPPED = "stopped"
"""We gave up while it rang: it does not count."""
INTERRUPTED = "interrupted"
"""The gateway ended in the middle of it: nobody knows how it came out; they are not called twice for that."""
WORDS = {
    "answered": "a person answered",
    "machine": "a machine answered",
    "busy": "busy",
    "no_answer": "no answer",
    "refused": "refused",
    "unreachable": "cannot be reached",
    "redirected": "sent elsewhere",
    "failed": "failed",
    "barred": "barred",
    "do_not_call": "not to be called",
    "duplicate": "is in the list twice",
    INTERRUPTED: "interrupted",
}


def verdict(outcome: Mapping[str, Any]) -> str:
    """Return the word for the outcome of a call."""
    if outcome.get("result") == LOST:
        return INTERRUPTED
    if outcome["talk_seconds"] is not None:
        return "machine" if outcome.get("answered_by") == "machine" else "answered"
    if outcome["reason"] in OURS:
        return STOPPED
    return str(outcome["reason"]) if outcome["reason"] in _NAMED else "failed"
