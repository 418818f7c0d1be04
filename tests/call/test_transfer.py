"""What a status means for whoever is put through."""

from __future__ import annotations

import pytest

from gateway.call import TransferOutcome, outcome_of


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "transferred"),
        (202, "transferred"),
        (403, "refused"),
        (404, "unreachable"),
        (408, "no_answer"),
        (480, "no_answer"),
        (486, "busy"),
        (487, "no_answer"),
        (488, "refused"),
        (500, "unreachable"),
        (503, "unreachable"),
        (600, "busy"),
        (603, "refused"),
        (604, "unreachable"),
    ],
)
def test_each_status_has_an_outcome(status: int, outcome: str) -> None:
    """A caller is told it in words."""
    assert outcome_of(status) == outcome


def test_a_caller_is_ours_again_or_not() -> None:
    """Of all outcomes but two they are."""
    assert [one for one in TransferOutcome if not one.failed] == [
        TransferOutcome.TRANSFERRED,
        TransferOutcome.CALLER_LEFT,
    ]
