"""New calls a second of a trunk."""

from __future__ import annotations

from gateway.sip.call_rate import CallRate


def test_no_bound_admits_all() -> None:
    """None is no bound."""
    rate = CallRate(None)
    assert all(rate.admits(0.0) for _ in range(1000))


def test_so_many_a_second() -> None:
    """Three at once, then one each third of a second."""
    rate = CallRate(3)
    assert [rate.admits(0.0) for _ in range(4)] == [True, True, True, False]
    assert [rate.admits(0.34), rate.admits(0.34)] == [True, False]
    assert [rate.admits(100.0) for _ in range(4)] == [True, True, True, False]


def test_less_than_one_a_second() -> None:
    """One in ten seconds."""
    rate = CallRate(0.1)
    assert [rate.admits(0.0), rate.admits(9.0), rate.admits(10.5)] == [True, False, True]
