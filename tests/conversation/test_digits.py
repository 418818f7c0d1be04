"""Gathering keys."""

from gateway.conversation.digits import LONGEST, KeyBuffer


def test_a_pause_completes_a_number() -> None:
    """Keys are one number until the caller pauses."""
    digits = KeyBuffer()
    assert digits.pressed("4", 0.0) == ""
    assert digits.pressed("2", 1.0) == ""
    assert digits.passed(2.4) == ""
    assert digits.passed(2.5) == "42"
    assert digits.passed(9.0) == ""


def test_the_hash_key_completes_a_number_at_once() -> None:
    """As every keypad menu teaches; alone it is a key like any other."""
    digits = KeyBuffer()
    digits.pressed("7", 0.0)
    assert digits.pressed("#", 0.1) == "7"
    assert digits.pressed("#", 0.2) == "#"


def test_nobody_keys_for_ever() -> None:
    """The greatest length completes it."""
    digits = KeyBuffer()
    keyed = [digits.pressed("1", 0.0) for _ in range(LONGEST)]
    assert keyed[-1] == "1" * LONGEST
