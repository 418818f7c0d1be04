"""Whose voice it is, by its level."""

from __future__ import annotations

from gateway.conversation.caller_level import FURTHER_AWAY_DB, LOOKS, SOFTEST_DB, CallerLevel


def heard(level: CallerLevel, *levels_db: float) -> CallerLevel:
    """A voice of these levels."""
    level.begin()
    for each in levels_db:
        level.heard(each)
    return level


def test_a_soft_voice_before_the_caller_has_spoken_is_far() -> None:
    """Softer than callers are; but one has to have listened for a while."""
    assert heard(CallerLevel(), *[SOFTEST_DB - 2] * LOOKS).is_far
    assert not heard(CallerLevel(), *[SOFTEST_DB - 2] * (LOOKS - 1)).is_far
    assert not heard(CallerLevel(), *[SOFTEST_DB - 20] * LOOKS, SOFTEST_DB + 1).is_far
    assert not heard(CallerLevel(), *[-90.0] * LOOKS).is_far


def test_a_caller_on_a_soft_line_is_known_by_their_first_turn() -> None:
    """From then on all is measured by it."""
    level = heard(CallerLevel(), *[-40.0] * LOOKS)
    assert not level.far_ended()
    assert not heard(level, *[-42.0] * LOOKS).is_far
    assert heard(level, *[-41.0 - FURTHER_AWAY_DB] * LOOKS).is_far


def test_one_loud_turn_makes_no_other_voice_of_the_caller() -> None:
    """What is known of them follows slowly."""
    level = heard(CallerLevel(), *[-24.0] * LOOKS)
    level.far_ended()
    heard(level, *[-12.0] * LOOKS).far_ended()
    assert not heard(level, *[-29.0] * LOOKS).is_far


def test_a_short_word_tells_nothing_of_the_caller() -> None:
    """It may have been met in a pause."""
    level = heard(CallerLevel(), -50.0)
    level.far_ended()
    assert heard(level, *[SOFTEST_DB - 2] * LOOKS).is_far


def test_a_voice_that_comes_near_is_the_callers() -> None:
    """Told once, with its item: when it is louder, or when the agent has finished and it speaks on."""
    for db, agent_speaks in ((-20.0, True), (-45.0, False)):
        level = heard(CallerLevel(), *[-45.0] * LOOKS)
        assert level.judged_far("item")
        assert level.comes_near(agent_speaks=True) is None
        level.heard(db)
        assert level.comes_near(agent_speaks=agent_speaks) == "item"
        assert level.comes_near(agent_speaks=agent_speaks) is None
        assert not level.far_ended()
        assert level.overheard == ""


def test_a_voice_that_stays_far_is_known_by_its_item() -> None:
    """So that the model can forget it; it tells nothing of the caller."""
    level = heard(CallerLevel(), *[-45.0] * LOOKS)
    assert level.judged_far("item")
    assert level.far_ended()
    assert level.overheard == "item"
    assert heard(level, *[-45.0] * LOOKS).is_far
    assert not heard(level, *[-25.0] * LOOKS).judged_far("other")
