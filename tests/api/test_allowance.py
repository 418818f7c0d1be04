"""So many at once, then so many a second; nobody pays for another."""

from __future__ import annotations

from gateway.api.allowance import MOST_NAMES, Allowance


def test_a_bucket_is_emptied_and_filled() -> None:
    """After the first few a request is possible whenever one has been added."""
    allowed = Allowance(2, 0.5)
    for _ in range(2):
        assert allowed.wait("a", 10.0) == 0
        allowed.take("a", 10.0)
    assert allowed.wait("a", 10.0) == 2.0
    assert allowed.wait("b", 10.0) == 0
    assert allowed.wait("a", 11.0) == 1.0
    assert allowed.wait("a", 12.0) == 0


def test_a_bucket_is_never_fuller_than_full() -> None:
    """Whoever was away for a year may not ask a million times."""
    allowed = Allowance(2, 10)
    allowed.take("a", 0.0)
    for _ in range(2):
        assert allowed.wait("a", 1e7) == 0
        allowed.take("a", 1e7)
    assert allowed.wait("a", 1e7) > 0


def test_names_are_bounded() -> None:
    """Those who asked least recently are forgotten."""
    allowed = Allowance(1, 0.001)
    for number in range(MOST_NAMES + 1):
        allowed.take(str(number), 0.0)
    assert allowed.wait("0", 0.0) == 0
    assert allowed.wait(str(MOST_NAMES), 0.0) > 0
