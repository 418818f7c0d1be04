from __future__ import annotations

from gateway.call import Respond
from gateway.realtime.continuity.pending_response import PendingResponse

GREET = Respond("Greet.")


def test_what_was_ordered_is_owed_until_it_begins() -> None:
    """A greeting that was never begun is greeted by the next session."""
    floor = PendingResponse()
    assert floor.question is None
    floor.asked(GREET)
    assert floor.question == GREET
    floor.response_began()
    assert floor.question is None
    assert floor.last_question == GREET


def test_a_response_without_a_word_is_asked_for_in_the_same_words() -> None:
    """It was begun and lost before anything of it came."""
    floor = PendingResponse()
    floor.asked(GREET)
    floor.response_began()
    floor.session_lost(active=True)
    assert floor.question == GREET


def test_a_response_cut_off_is_gone_on_with() -> None:
    """The greeting was half spoken: the agent goes on, it does not greet again."""
    floor = PendingResponse()
    floor.asked(GREET)
    floor.response_began()
    floor.gave_audio()
    floor.session_lost(active=True)
    assert floor.question == Respond()


def test_after_a_call_of_a_function_the_word_is_the_tools() -> None:
    """Nothing is due until its result is there."""
    floor = PendingResponse()
    floor.response_began()
    floor.gave_call()
    assert floor.spoke
    floor.session_lost(active=False)
    assert floor.question is None


def test_a_turn_that_was_not_answered_is_due() -> None:
    """Unless the server leaves answering to others."""
    for answered, question in ((True, Respond()), (False, None)):
        floor = PendingResponse()
        floor.caller_began("u1")
        assert floor.speaking == "u1"
        floor.caller_ended(answered=answered)
        floor.session_lost(active=False)
        assert floor.question == question


def test_whoever_speaks_has_the_word() -> None:
    """A caller who speaks over the agent when the session is lost is heard first."""
    floor = PendingResponse()
    floor.response_began()
    floor.gave_audio()
    floor.caller_began("u1")
    floor.session_lost(active=True)
    assert (floor.question, floor.speaking) == (None, None)


def test_an_answer_spoken_over_before_its_first_word_is_overtaken() -> None:
    """It was asked for, and had given nothing: the caller's turn is to be answered, not the one before it."""
    floor = PendingResponse()
    floor.asked(GREET)
    floor.response_began()
    floor.caller_began("u1")
    floor.session_lost(active=True)
    assert floor.question is None


def test_a_cancelled_question_is_not_asked() -> None:
    """Nor is an answer due any more."""
    floor = PendingResponse()
    floor.asked(GREET)
    floor.response_failed()
    floor.cancelled()
    assert floor.question is None
    assert floor.last_question == Respond()


def test_a_response_cancelled_is_not_gone_on_with() -> None:
    """It was still coming when the session was lost; what was asked for since is what counts."""
    for asked in (None, Respond("Go on.")):
        floor = PendingResponse()
        floor.asked(GREET)
        floor.response_began()
        floor.cancelled()
        if asked is not None:
            floor.asked(asked)
        floor.session_lost(active=True)
        assert floor.question == asked
        floor.asked(GREET)
        floor.response_began()
        floor.session_lost(active=True)
        assert floor.question == GREET
