"""The model's responses, one at a time."""

from __future__ import annotations

from gateway.call import CancelResponse, Respond
from gateway.conversation.responses import GO_ON, STILL_THERE, Responses

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
    responses = wanting(GREET)
    responses.started("r2")
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


def test_those_on_air_and_the_active_one_are_silenced() -> None:
    """The active one is stopped only where the session does not by itself."""
    responses = Responses()
    assert responses.silence(frozenset({"r1"}), stop=True) == []
    responses.started("r2")
    assert responses.silence(frozenset(), stop=False) == []
    assert responses.silenced == {"r1", "r2"}
    assert responses.silence(frozenset(), stop=True) == [CancelResponse("r2")]


def test_what_fills_a_silence_is_overtaken_by_the_caller() -> None:
    """An answer is still owed."""
    for filler in (GO_ON, STILL_THERE):
        responses = wanting(filler)
        responses.caller_heard()
        assert responses.ask() == []
    responses = wanting(Respond())
    responses.caller_heard()
    assert responses.ask() == [Respond()]


def test_an_agent_cut_off_for_nothing_goes_on() -> None:
    """Unless it has something else to say."""
    responses = Responses()
    responses.take_up()
    assert responses.ask() == [GO_ON]
    responses = wanting(Respond())
    responses.take_up()
    assert responses.ask() == [Respond()]
