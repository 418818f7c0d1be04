"""How long nobody has spoken."""

from __future__ import annotations

from gateway.conversation.silence import InactivityTimer


def test_the_agent_is_to_speak_up_once() -> None:
    """Whatever it says then, a caller who says nothing is not asked twice."""
    silence = InactivityTimer(6.0, 60.0, 10.0)
    assert [silence.asks(now) for now in (15.9, 16.0, 16.1)] == [False, True, False]
    silence.since = 20.0
    assert not silence.asks(40.0)
    silence.caller_heard(40.0)
    assert [silence.asks(now) for now in (45.9, 46.0)] == [False, True]


def test_it_is_not_asked_to_where_it_does_by_itself() -> None:
    """Or where the plan does not want it."""
    silence = InactivityTimer(6.0, 60.0, 0.0)
    silence.idle = None
    assert not silence.asks(50.0)


def test_a_long_silence_is_a_dead_line() -> None:
    """Counted from who was heard last, caller or agent."""
    silence = InactivityTimer(None, 60.0, 0.0)
    silence.since = 10.0
    assert [silence.too_long(now) for now in (69.9, 70.0)] == [False, True]
