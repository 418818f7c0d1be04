"""A call as others are told of it."""

from __future__ import annotations

from gateway.call import Answer, LegState, Mute
from gateway.calls.call import Call
from gateway.calls.views import view_of
from tests.calls.actions.scripted_leg import ScriptedLeg


async def test_a_view_is_how_the_call_is_now() -> None:
    """And stays what it was then."""
    call = Call(ScriptedLeg())
    rings = view_of(call)
    call.execute(Answer())
    answered = view_of(call)
    assert (rings.state, rings.talk_seconds, rings.plan, rings.action) == (LegState.RINGING, None, None, None)
    assert answered.state is LegState.ANSWERED
    assert answered.talk_seconds is not None
    assert answered.id == call.info.id
    assert (answered.turn_ms, answered.muted, answered.recording) == (None, False, None)
    call.order(Mute(on=True), "operator")
    assert view_of(call).muted is True
    assert (view_of(call).node, view_of(call, "berlin-0").node) == ("", "berlin-0")
