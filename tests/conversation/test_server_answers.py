"""What a session answers by itself."""

from gateway.conversation.server_answers import ANSWERS_WITHIN, UNASKED_S, ServerAnswers


def test_the_answer_to_a_backchannel_is_unwanted() -> None:
    """One, soon after it, and not one that was asked for."""
    answers = ServerAnswers()
    answers.unwanted(1.0)
    assert not answers.began(1.5)
    assert answers.began(1.6)
    answers.unwanted(1.0)
    assert answers.began(1.0 + UNASKED_S)
    answers.unwanted(1.0)
    answers.asked()
    assert answers.began(1.5)


def test_an_answer_that_does_not_come_is_asked_for() -> None:
    """Once, unless it has begun or the caller speaks again."""
    answers = ServerAnswers()
    answers.wanted(1.0)
    assert not answers.due(0.9 + ANSWERS_WITHIN)
    assert answers.due(1.0 + ANSWERS_WITHIN)
    assert not answers.due(9.0)
    answers.wanted(1.0)
    assert answers.began(1.1)
    assert not answers.due(9.0)
