"""Questions that the caller does not hear."""

from __future__ import annotations

import pytest

from gateway.errors import SessionError
from gateway.realtime.interpreter import OutOfBandAnswer
from gateway.realtime.questions import Questions


async def test_an_answer_reaches_its_own_question() -> None:
    """Two about one topic are told apart by their number."""
    questions = Questions()
    with questions.asked("summary") as (first, one), questions.asked("summary") as (second, other):
        assert first != second
        questions.answered(OutOfBandAnswer(second, "b", "completed"))
        questions.answered(OutOfBandAnswer(first, "a", "completed"))
        assert ((await one).text, (await other).text) == ("a", "b")


async def test_an_answer_that_nobody_waits_for_is_dropped() -> None:
    """Its question was given up, was answered already, or never asked."""
    questions = Questions()
    with questions.asked("summary") as (numbered, answer):
        questions.answered(OutOfBandAnswer(numbered, "a", "completed"))
        questions.answered(OutOfBandAnswer(numbered, "b", "completed"))
        questions.answered(OutOfBandAnswer("nobody's 7", "c", "completed"))
    questions.answered(OutOfBandAnswer(numbered, "d", "completed"))
    assert (await answer).text == "a"


async def test_no_question_outlives_the_session() -> None:
    """Whoever waits is told why; what was answered stays so."""
    questions = Questions()
    with questions.asked("summary") as (numbered, answered), questions.asked("mood") as (_, open_one):
        questions.answered(OutOfBandAnswer(numbered, "a", "completed"))
        questions.fail("it ended")
        assert (await answered).text == "a"
        with pytest.raises(SessionError, match="it ended"):
            await open_one
