"""What is done only if the caller agrees."""

from __future__ import annotations

import pytest

from gateway.call import (
    AgentAudio,
    AnswerApproval,
    ApprovalRequested,
    CallerSaid,
    CallerStartedSpeaking,
    CallerVoice,
    Respond,
)
from gateway.conversation.consent import ANSWER_S, MOST_UNCLEAR, Consent

BOOK = ApprovalRequested("c1", 'Shall I book "Monday"?')
SOUND = AgentAudio("r1", "i1", b"ab")


def asked(*requests: ApprovalRequested) -> Consent:
    """Ask, and have the question heard."""
    consent = Consent()
    for request in requests or (BOOK,):
        consent.request(request)
    assert isinstance(consent.question(0.0), Respond)
    assert consent.happened(SOUND) == []
    return consent


def answers(consent: Consent, text: str, item: str = "t1") -> list[AnswerApproval]:
    """Have the caller say something."""
    consent.happened(CallerStartedSpeaking(item))
    return consent.happened(CallerSaid(item, text))


def test_the_question_is_asked_once_in_its_own_words() -> None:
    """Quotation marks inside would end it early."""
    consent = Consent()
    assert consent.question(0.0) is None
    consent.request(BOOK)
    respond = consent.question(0.0)
    assert respond is not None
    assert respond.instructions is not None
    assert respond.instructions.endswith("\"Shall I book 'Monday'?\"")
    assert consent.question(1.0) is None


@pytest.mark.parametrize(("text", "approve"), [("Yes, please.", True), ("No!", False)])
def test_the_callers_words_decide(text: str, approve: bool) -> None:
    """In one way or the other."""
    assert answers(asked(), text) == [AnswerApproval("c1", approve)]


def test_what_was_said_before_the_question_answers_something_else() -> None:
    """A yes that began before it, a transcript that comes late, and words while nothing of it was heard."""
    consent = Consent()
    consent.happened(CallerStartedSpeaking("old"))
    consent.request(BOOK)
    consent.question(0.0)
    assert answers(consent, "yes", "early") == []
    consent.happened(SOUND)
    assert consent.happened(CallerSaid("old", "yes")) == []
    assert answers(consent, "yes", "new") == [AnswerApproval("c1", True)]


def test_turns_that_we_find_ourselves_have_no_beginning_of_the_servers() -> None:
    """The caller's voice is enough, if it was heard after the question was asked."""
    consent = asked()
    assert consent.happened(CallerSaid("t", "yes")) == []
    consent.happened(CallerVoice(on=True))
    assert consent.happened(CallerSaid("t", "yes")) == [AnswerApproval("c1", True)]


def test_an_unclear_answer_is_asked_about_again_and_is_a_no_in_the_end() -> None:
    """The caller may ask something in between."""
    consent = asked()
    for number in range(MOST_UNCLEAR):
        assert answers(consent, "What does it cost?", f"t{number}") == []
        assert isinstance(consent.question(1.0), Respond)
        consent.happened(SOUND)
    assert answers(consent, "Hmm.", "last") == [AnswerApproval("c1", False, "no clear answer")]


def test_no_answer_is_a_no() -> None:
    """After a silence; who speaks, or is spoken to, is not silent."""
    consent = asked()
    assert consent.due(ANSWER_S + 5, busy=True) == []
    assert consent.due(ANSWER_S + 6, busy=False) == []
    assert consent.due(2 * ANSWER_S + 5, busy=False) == [AnswerApproval("c1", False, "no answer")]
    assert consent.due(9 * ANSWER_S, busy=False) == []


def test_two_things_are_asked_about_one_after_the_other() -> None:
    """An answer is to the question that was heard."""
    consent = asked(BOOK, ApprovalRequested("c2", "And pay?"))
    assert answers(consent, "yes") == [AnswerApproval("c1", True)]
    assert answers(consent, "yes", "t2") == []
    assert consent.question(1.0) is not None
    consent.happened(SOUND)
    assert answers(consent, "no", "t3") == [AnswerApproval("c2", False)]
    assert not consent.wanted


@pytest.mark.parametrize(("key", "approve"), [("1", True), ("2", False)])
def test_a_key_answers_as_well(key: str, approve: bool) -> None:
    """One of the two; others are for whoever else wants them, and the answer is given once."""
    consent = asked()
    assert consent.pressed("3") == []
    assert consent.pressed(key) == [AnswerApproval("c1", approve)]
    assert consent.pressed(key) == []


def test_a_key_before_the_question_answers_nothing() -> None:
    """Nothing of it was heard."""
    consent = Consent()
    assert consent.pressed("1") == []
    consent.request(BOOK)
    consent.question(0.0)
    assert consent.pressed("1") == []
