"""What an attempt came to."""

from __future__ import annotations

import pytest

from gateway.campaign.verdict import INTERRUPTED, STOPPED, verdict


@pytest.mark.parametrize(
    ("reason", "talk_seconds", "answered_by", "word"),
    [
        ("callee_hung_up", 3.0, None, "answered"),
        ("callee_hung_up", 0.0, None, "answered"),
        ("message_left", 9.0, "machine", "machine"),
        ("callee_hung_up", 3.0, "unknown", "answered"),
        ("busy", None, None, "busy"),
        ("no_answer", None, None, "no_answer"),
        ("unreachable", None, None, "unreachable"),
        ("redirected", None, None, "redirected"),
        ("signalling_failed", None, None, "failed"),
        ("operator_hung_up", None, None, STOPPED),
        ("operator_hung_up", 5.0, None, "answered"),
    ],
)
def test_an_outcome_in_a_word(
    reason: str, talk_seconds: float | None, answered_by: str | None, word: str
) -> None:
    """Whoever has answered was reached, however it ended."""
    assert verdict({"reason": reason, "talk_seconds": talk_seconds, "answered_by": answered_by}) == word


def test_a_call_that_is_lost() -> None:
    """Nobody knows how far it had come: whether anybody had answered, either."""
    assert verdict({"result": "lost", "reason": "gateway_died", "talk_seconds": None}) == INTERRUPTED
