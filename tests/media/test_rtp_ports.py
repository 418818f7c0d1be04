"""Which RTP port the next call gets: the one that has been free the longest."""

from __future__ import annotations

from typing import Any

import pytest

from tests.media.conftest import made

pytestmark = pytest.mark.native


def ports(low: int, high: int) -> Any:
    """Return the ports of a range."""
    made(native=True)
    from gateway.media._port import RtpPorts  # noqa: PLC0415 - only where it is built

    return RtpPorts(low, high)


def test_a_port_rests_as_long_as_there_are_others() -> None:
    """Given back, it is the last to be taken again."""
    rests = ports(10_000, 10_007)
    taken = []
    for _ in range(9):
        taken.append(rests.next())
        rests.take(taken[-1])
        rests.give_back(taken[-1])
    assert taken == [10_000, 10_002, 10_004, 10_006] * 2 + [10_000]


def test_ports_of_calls_that_are_up_are_passed_over() -> None:
    """However many in a row, and in whatever order they come back."""
    rests = ports(10_000, 10_007)
    for _ in range(3):
        rests.take(rests.next())
    rests.give_back(10_002)
    rests.give_back(10_000)
    assert rests.next() == 10_006
    rests.take(10_006)
    assert rests.next() == 10_002
    rests.take(10_002)
    rests.take(10_000)
    assert rests.next() == 0


def test_one_that_somebody_else_has_is_tried_again_after_all_others() -> None:
    """PJSIP has found another instead."""
    rests = ports(10_000, 10_007)
    rests.take(10_004)
    assert rests.next() == 10_006
    rests.take(10_006)
    assert [rests.next(), rests.take(10_000), rests.next()] == [10_000, None, 10_002]


def test_one_that_somebody_else_has_is_not_tried_beside_those_of_calls() -> None:
    """While any is free: from there PJSIP would try one after the other, and give up after a hundred."""
    rests = ports(10_000, 10_007)
    for port in (10_002, 10_004, 10_006):
        rests.take(port)
    rests.give_back(10_004)
    rests.give_back(10_002)
    assert rests.next() == 10_004
    rests.take(10_004)
    assert rests.next() == 10_002


def test_ports_are_tried_round_the_range() -> None:
    """Those before the one that is taken, from the next one on."""
    rests = ports(10_000, 10_007)
    for port in (10_000, 10_002, 10_004):
        rests.take(port)
    for port in (10_002, 10_000):
        rests.give_back(port)
    rests.take(10_002)  # neither 10 006 nor 10 000 was to be had
    assert rests.next() == 10_006
    rests.take(10_006)
    assert rests.next() == 10_000


@pytest.mark.parametrize("stray", [9_998, 10_001, 10_008])
def test_a_port_that_is_none_of_ours_changes_nothing(stray: int) -> None:
    """One outside of the range, or one of RTCP's."""
    rests = ports(10_000, 10_007)
    rests.take(stray)
    rests.give_back(stray)
    for port in (10_000, 10_002, 10_004, 10_006):
        assert rests.next() == port
        rests.take(port)
    assert rests.next() == 0


@pytest.mark.parametrize(("low", "high", "first"), [(10_001, 10_004, 10_002), (10_000, 10_000, 0)])
def test_odd_ranges(low: int, high: int, first: int) -> None:
    """RTP takes even ports (RFC 3550 section 11), with a neighbour."""
    assert ports(low, high).next() == first
