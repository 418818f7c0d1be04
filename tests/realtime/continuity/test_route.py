"""Where a session may be had."""

from __future__ import annotations

from gateway.call import Instruct, KeepSilent
from gateway.realtime.continuity.route import Route
from gateway.realtime.providers import LOCAL
from gateway.realtime.settings import SessionSettings


def test_other_instructions_change_nothing_else() -> None:
    """The provider, the voice and all else stay."""
    route = Route(LOCAL, SessionSettings(instructions="x", voice="marin"))
    assert route.told(Instruct("y")) == Route(LOCAL, SessionSettings(instructions="y", voice="marin"))


def test_an_agent_that_only_listens_can_speak_again() -> None:
    """It finds turns all the while, so that words are known, and nothing else of it changes."""
    route = Route(LOCAL, SessionSettings(turn_detection=None))
    silent = route.told(KeepSilent(on=True))
    found = silent.settings.detection
    assert found is not None
    assert (found.create_response, found.interrupt_response, found.idle_timeout_ms) == (False, False, None)
    assert silent.told(KeepSilent(on=False)) == route
