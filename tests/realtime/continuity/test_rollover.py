from __future__ import annotations

from math import inf

from gateway.call import Tick
from gateway.realtime.continuity.rollover import (
    Busy,
    HandOver,
    Idle,
    OpenSuccessor,
    Playback,
    Rollover,
    RolloverPolicy,
    SessionGone,
    SuccessorLost,
    SuccessorReady,
)
from gateway.realtime.continuity.vocabulary import SessionBegan
from tests.equipment.playbook import Playbook

HOUR = 3600.0


def play(life: float | None = HOUR) -> Playbook[Rollover]:
    return Playbook(Rollover(RolloverPolicy())) >> SessionBegan(life)


def test_a_session_is_replaced_ahead_of_its_end_in_a_quiet_moment() -> None:
    """Five minutes before, when nobody has spoken for a second."""
    play_ = play().after(3_299_999) >> Tick()
    play_ = play_.after(1) >> Tick() << OpenSuccessor() >> Busy() >> SuccessorReady() >> Tick()
    play_ = play_.after(10_000) >> Tick() >> Idle()
    play_ = play_.after(999) >> Tick()
    (play_.after(1) >> Tick() << HandOver()).done()


def test_speech_puts_it_off() -> None:
    """Quiet begins anew after each word."""
    play_ = play().after(3_300_000) >> Tick() << OpenSuccessor() >> SuccessorReady() >> Idle()
    play_ = play_.after(900) >> Busy()
    play_ = play_.after(900) >> Tick() >> Idle()
    (play_.after(1000) >> Tick() << HandOver()).done()


def test_quiet_begins_when_all_was_heard() -> None:
    """However long the caller hears what was sent in a moment: a hold may come between."""
    play_ = play().after(3_300_000) >> Tick() << OpenSuccessor() >> SuccessorReady() >> Playback(True)
    play_ = play_.after(100) >> Idle()
    play_ = play_.after(90_000) >> Tick() >> Playback(False)
    play_ = play_.after(999) >> Tick()
    (play_.after(1) >> Tick() << HandOver()).done()


def test_a_new_answer_that_is_heard_puts_it_off() -> None:
    """One that was asked for before the last one was heard to its end."""
    play_ = play().after(3_300_000) >> Tick() << OpenSuccessor() >> SuccessorReady() >> Idle()
    play_ = play_.after(500) >> Playback(True)
    (play_.after(60_000) >> Tick()).done()


def test_if_nobody_ever_pauses_it_is_done_before_the_end() -> None:
    """An interrupted sentence is better than a dead line."""
    play_ = play().after(3_300_000) >> Tick() << OpenSuccessor() >> SuccessorReady() >> Busy()
    play_ = play_.after(294_999) >> Tick()
    (play_.after(1) >> Tick() << HandOver()).done()


def test_near_the_end_any_moment_between_two_answers_will_do() -> None:
    """Though the last one is still being heard: better than to break the next off in the making."""
    play_ = play().after(3_300_000) >> Tick() << OpenSuccessor() >> SuccessorReady() >> Busy()
    play_ = play_.after(284_999) >> Playback(True) >> Idle() >> Tick()
    play_ = play_.after(1) >> Tick() << HandOver()
    play_.done()
    play_ = play().after(3_300_000) >> Tick() << OpenSuccessor() >> SuccessorReady() >> Busy()
    play_ = play_.after(286_000) >> Playback(True) >> Tick() >> Idle() >> Tick() << HandOver()
    play_.done()


def test_a_quiet_line_is_handed_over_at_once() -> None:
    """Everybody has been silent for long when the successor is ready."""
    play_ = play() >> Idle()
    (play_.after(3_300_000) >> Tick() << OpenSuccessor() >> SuccessorReady() << HandOver()).done()


def test_a_short_life_is_looked_after_in_its_last_quarter() -> None:
    """A session of a minute is replaced after forty-five seconds, at the latest one before its end."""
    rollover = Rollover(RolloverPolicy())
    rollover.step(SessionBegan(60.0), 0.0)
    assert rollover.wake_at == 45.0
    rollover.step(Tick(), 45.0)
    rollover.step(SuccessorReady(), 46.0)
    assert rollover.wake_at == 59.0
    rollover.step(Idle(), 47.0)
    assert rollover.wake_at == 48.0
    rollover.step(Playback(True), 47.5)
    assert rollover.wake_at == 50.0


def test_a_lost_successor_is_tried_again() -> None:
    """There is time for many attempts."""
    play_ = play().after(3_300_000) >> Tick() << OpenSuccessor() >> SuccessorLost()
    play_ = play_.after(4999) >> Tick()
    (play_.after(1) >> Tick() << OpenSuccessor()).done()


def test_a_session_without_end_is_not_replaced() -> None:
    """Nor one that says it ended already: somebody's clock is wrong."""
    assert play(None).done().wake_at == inf
    assert play(-5.0).done().wake_at == inf


def test_a_lost_session_needs_no_replacement() -> None:
    """Recovery opens another, and that one begins anew."""
    machine = (play() >> SessionGone()).done()
    assert machine.wake_at == inf
