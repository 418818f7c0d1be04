"""A voice of which the session has yet to say what it was."""

from __future__ import annotations

from gateway.conversation.tentative_interruption import LOWERED_AT_MOST, TentativeInterruption


def test_a_lowered_agent_is_raised_when_the_voice_ends_or_goes_on_too_long() -> None:
    """Each time once."""
    doubt = TentativeInterruption()
    assert not doubt.raises(0.0, voice=False)
    doubt.lower(0.0)
    assert not doubt.raises(0.3, voice=True)
    assert doubt.raises(0.4, voice=False)
    assert not doubt.raises(0.5, voice=False)
    doubt.lower(1.0)
    assert doubt.raises(1.0 + LOWERED_AT_MOST, voice=True)


def test_a_voice_that_came_too_early_interrupts_later() -> None:
    """Once, if it goes on; one that has ended interrupts nobody."""
    doubt = TentativeInterruption()
    doubt.wait()
    assert doubt.waited()
    assert not doubt.waited()
    doubt.wait()
    doubt.voice_ended()
    assert not doubt.waited()
