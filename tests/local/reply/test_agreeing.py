"""A yes or a no that something waits for."""

import pytest

from gateway.local.reply.agreeing import NO, YES, answer_waiting
from gateway.local.vocabulary import HeardTurn

CALL = HeardTurn("assistant", "{}", name="book", call_id="c1")
RESULT = HeardTurn("tool", "done", call_id="c1")


@pytest.mark.parametrize(
    ("text", "said"),
    [("Yes, please.", YES), ("OK", YES), ("No, thanks.", NO), ("What time is it?", None), ("", None)],
)
def test_a_yes_or_a_no_is_heard(text: str, said: str | None) -> None:
    """While a call has no result; anything else is answered as ever."""
    assert answer_waiting(text, [CALL]) == said


def test_nothing_waits_when_there_is_a_result() -> None:
    """Then a yes is small talk."""
    assert answer_waiting("Yes.", [CALL, RESULT]) is None
    assert answer_waiting("Yes.", []) is None
