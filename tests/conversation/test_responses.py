"""The model's responses, one at a time."""

from __future__ import annotations

from gateway.call import CancelResponse, Respond
from gateway.conversation.policy import STILL_THERE
from gateway.conversation.responses import RESUME, Responses

GREET = Respond("Greet.")


def wanting(response: Respond) -> Responses:
    """Responses of which one is wanted next."""
    responses = Responses()
    responses.next = response
    return responses


def test_one_is_asked_for_once() -> None:
    """Then nothing is wanted any more."""
    responses = wanting(GREET)
    assert responses.ask() == [GREET]
    assert responses.ask() == []


def test_the_next_waits_for_the_active_one() -> None:
    """A late end of an earlier one does not end it."""
    responses = Responses()
    responses.started("r2")
    responses.next = GREET
    responses.ended("r1")
    assert responses.ask() == []
    responses.ended("r2")
    assert responses.ask() == [GREET]


def test_the_next_waits_for_every_function() -> None:
    """The model speaks about all results at once."""
    responses = wanting(GREET)
    for call in ("a", "b"):
        responses.tool_called(call)
    responses.tool_returned("b")
    assert responses.busy
    assert responses.ask() == []
    responses.tool_returned("a")
    assert not responses.busy
    assert responses.ask() == [GREET]


def test_whoever_answers_answers_all_that_was_held() -> None:
    """The server answered the caller's turn by itself: to ask for what was held would be a second answer."""
    for held in (GREET, RESUME, STILL_THERE, Respond()):
        responses = wanting(held)
        responses.started("r1")
        responses.ended("r1")
        assert responses.ask() == []


def test_what_a_response_does_not_know_is_asked_for_after_it() -> None:
    """Something was told while it began, be it held by itself or left to the caller's turn."""
    held, left = wanting(Respond()), Responses()
    left.leave_to_turn()
    for responses in (held, left):
        responses.started("r1", knows_all=False)
        assert responses.ask() == []
        responses.ended("r1")
        assert responses.ask() == [Respond()]
        responses.started("r2", knows_all=False)
        responses.ended("r2")
        assert responses.ask() == []


def test_what_was_left_to_a_turn_is_asked_for_if_there_was_none() -> None:
    """The caller only coughed, and no answer to that will come."""
    responses = Responses()
    responses.no_turn()
    assert responses.ask() == []
    responses.leave_to_turn()
    responses.no_turn()
    assert responses.ask() == [Respond()]
    responses.leave_to_turn()
    responses.started("r1")
    responses.ended("r1")
    responses.no_turn()
    assert responses.ask() == []


def test_those_on_air_and_the_active_one_are_silenced() -> None:
    """The active one is stopped only where the session does not by itself."""
    responses = Responses()
    assert responses.silence(frozenset({"r1"}), stop=True) == []
    responses.started("r2")
    assert responses.silence(frozenset(), stop=False) == []
    assert responses.silenced == {"r1", "r2"}
    assert responses.silence(frozenset(), stop=True) == [CancelResponse("r2")]


def test_a_response_that_was_stopped_is_waited_for_a_second() -> None:
    """Some servers do not say that it has stopped."""
    responses = Responses()
    responses.started("r1")
    responses.passed(0.0)
    responses.passed(9.0)
    responses.silence(frozenset(), stop=True)
    responses.next = GREET
    responses.passed(10.0)
    responses.passed(10.9)
    assert responses.ask() == []
    responses.passed(11.0)
    assert responses.ask() == [GREET]
    responses.started("r2")
    responses.passed(20.0)
    assert responses.active == "r2"


def test_what_fills_a_silence_is_overtaken_by_the_caller() -> None:
    """An answer is still owed."""
    for filler in (RESUME, STILL_THERE):
        responses = wanting(filler)
        responses.caller_heard()
        assert responses.ask() == []
    responses = wanting(Respond())
    responses.caller_heard()
    assert responses.ask() == [Respond()]


def test_an_agent_cut_off_for_nothing_goes_on() -> None:
    """Unless it has something else to say."""
    responses = Responses()
    responses.resume_response()
    assert responses.ask() == [RESUME]
    responses = wanting(Respond())
    responses.resume_response()
    assert responses.ask() == [Respond()]
