"""A plan's transfers within an hour are counted, and bounded."""

from __future__ import annotations

from gateway.calls.transfer_counts import HOUR_S, TransferCounts


def test_so_many_may_be_tried_within_an_hour() -> None:
    """Then no more, until the first is an hour ago; each plan has its own."""
    counts = TransferCounts()
    assert [counts.take("a", at, 2) for at in (0.0, 10.0, 20.0)] == [True, True, False]
    assert counts.take("b", 20.0, 2)
    assert [counts.take("a", HOUR_S + at, 2) for at in (-0.1, 0.0, 1.0)] == [False, True, False]


def test_where_there_is_no_limit() -> None:
    """Nobody is refused."""
    counts = TransferCounts()
    assert all(counts.take("a", 0.0, None) for _ in range(1000))
