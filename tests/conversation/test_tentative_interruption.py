"""A voice of which the session has yet to say what it was."""

from __future__ import annotations

from gateway.conversation.tentative_interruption import (
    CONFIRMED_WITHIN,
    LONGEST,
    LOWERED_AT_MOST,
    TentativeInterruption,
)


def test_a_cut_is_confirmed_once() -> None:
    """A second word of the session is about something else."""
    doubt = TentativeInterruption()
    assert not doubt.confirm()
    doubt.cut(1.0)
    assert doubt.confirm()
    assert not doubt.confirm()
    assert not doubt.for_nothing(100.0)


def test_a_cut_was_for_nothing_a_while_after_the_voice() -> None:
    """Said once."""
    doubt = TentativeInterruption()
    doubt.cut(1.0)
    doubt.voice_ended(1.5)
    assert not doubt.for_nothing(1.4 + CONFIRMED_WITHIN)
    assert doubt.for_nothing(1.5 + CONFIRMED_WITHIN)
    assert not doubt.for_nothing(100.0)


def test_a_voice_without_end_is_a_noise() -> None:
    """It was for nothing, too."""
    doubt = TentativeInterruption()
    doubt.cut(1.0)
    assert not doubt.for_nothing(0.9 + LONGEST)
    assert doubt.for_nothing(1.0 + LONGEST)


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
    doubt.voice_ended(1.0)
    assert not doubt.waited()
