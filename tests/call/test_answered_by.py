"""Who has answered a call of ours."""

from __future__ import annotations

from gateway.call import AnsweredBy, WhoAnswered


def test_it_is_told_in_a_word() -> None:
    """As it stands in results."""
    assert AnsweredBy(WhoAnswered.MACHINE, "a beep", 900).who.value == "machine"
