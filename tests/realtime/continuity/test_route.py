"""Where a session may be had."""

from __future__ import annotations

from gateway.realtime.continuity.route import Route
from gateway.realtime.providers import LOCAL
from gateway.realtime.settings import SessionSettings


def test_other_instructions_change_nothing_else() -> None:
    """The provider, the voice and all else stay."""
    route = Route(LOCAL, SessionSettings(instructions="x", voice="marin"))
    assert route.instructed("y") == Route(LOCAL, SessionSettings(instructions="y", voice="marin"))
