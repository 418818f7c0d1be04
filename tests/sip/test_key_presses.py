"""Keys that are told of in several ways."""

from __future__ import annotations

import itertools

import pytest

from gateway.sip.key_presses import IN_BAND, TOGETHER_S, KeyPresses

EVENT, INFO = 0, 1
WAYS = (EVENT, INFO, IN_BAND)


def counted(*tellings: tuple[str, int, float]) -> str:
    """Return the keys that count."""
    presses = KeyPresses()
    return "".join(key for key, way, at in tellings if presses.counts(key, way, at))


def test_a_key_in_both_ways_is_one() -> None:
    """Whichever comes first, and however often it is pressed."""
    assert counted(("5", EVENT, 0.0), ("5", INFO, 0.2)) == "5"
    assert counted(("5", INFO, 0.0), ("5", EVENT, 0.1)) == "5"
    assert counted(("5", EVENT, 0.0), ("5", INFO, 0.1), ("5", EVENT, 0.4), ("5", INFO, 0.5)) == "55"
    assert counted(("5", EVENT, 0.0), ("5", EVENT, 0.2), ("5", INFO, 0.3), ("5", INFO, 0.5)) == "55"
    assert counted(("1", EVENT, 0.0), ("2", EVENT, 0.2), ("1", INFO, 0.3), ("2", INFO, 0.4)) == "12"


@pytest.mark.parametrize("order", list(itertools.permutations(WAYS)))
def test_a_key_in_three_ways_is_one(order: tuple[int, ...]) -> None:
    """In whatever order, and twice in a row."""
    told = [("5", way, n / 10) for n, way in enumerate(order * 2)]
    assert counted(*told) == "55"


def test_a_way_that_comes_later_belongs_to_the_first_press() -> None:
    """Two quick presses, told of in two ways, and then one of them in a third."""
    ways = [EVENT, EVENT, IN_BAND, IN_BAND, INFO]
    assert counted(*(("5", way, at / 10) for at, way in enumerate(ways))) == "55"


def test_a_key_in_one_way_counts_each_time() -> None:
    """Nobody types too fast."""
    assert counted(*(("7", INFO, n / 10) for n in range(40))) == "7" * 40


def test_another_press_is_not_the_second_telling() -> None:
    """A key told of in one way, and much later in the other."""
    assert counted(("5", EVENT, 0.0), ("5", INFO, TOGETHER_S + 0.1)) == "55"


def test_other_keys_are_others() -> None:
    """In whatever way."""
    assert counted(("5", EVENT, 0.0), ("6", INFO, 0.1), ("5", INFO, 0.2)) == "56"
