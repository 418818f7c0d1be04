"""Keys that are told of in two ways."""

from __future__ import annotations

from gateway.sip.key_presses import TOGETHER_S, KeyPresses

EVENT, INFO = 0, 1


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


def test_a_key_in_one_way_counts_each_time() -> None:
    """Nobody types too fast."""
    assert counted(*(("7", INFO, n / 10) for n in range(40))) == "7" * 40


def test_another_press_is_not_the_second_telling() -> None:
    """A key told of in one way, and much later in the other."""
    assert counted(("5", EVENT, 0.0), ("5", INFO, TOGETHER_S + 0.1)) == "55"


def test_other_keys_are_others() -> None:
    """In whatever way."""
    assert counted(("5", EVENT, 0.0), ("6", INFO, 0.1), ("5", INFO, 0.2)) == "56"
