from __future__ import annotations

from gateway.call import Tick
from gateway.realtime.continuity.liveness import (
    Ask,
    Left,
    Liveness,
    LivenessPolicy,
    QuestionAnswered,
)
from gateway.realtime.continuity.unanswered_audio import MOST_MS
from gateway.realtime.continuity.vocabulary import FrameReceived, ReplaceSession, SessionBegan
from tests.equipment.playbook import Playbook


def play() -> Playbook[Liveness]:
    return Playbook(Liveness(LivenessPolicy(silence=3, answer=2)))


def heeded() -> Playbook[Liveness]:
    """Return a play in which a session took the line and has answered its first question."""
    return play() >> SessionBegan() << Ask() >> QuestionAnswered()


def test_a_session_that_says_something_is_not_asked() -> None:
    """Any frame will do, however old it is when it is told of; one from before the last sign does not."""
    play_ = heeded().after(2999) >> Tick() >> FrameReceived(2.0)
    play_ = play_.after(2000) >> Tick() >> FrameReceived(1.0)
    (play_.after(1) >> Tick() << Ask()).done()


def test_a_session_that_goes_deaf_is_left() -> None:
    """Asked once in its silence, and given time to answer."""
    play_ = heeded().after(3000) >> Tick() << Ask()
    play_ = play_.after(1999) >> Tick()
    machine = (play_.after(1) >> Tick() << ReplaceSession("no_sign_of_life")).done()
    assert machine.wake_at is None


def test_a_silent_session_that_listens_is_asked_now_and_then() -> None:
    """Once in each silence of three seconds, as long as the call lasts."""
    play_ = heeded()
    for _ in range(20):
        play_ = play_.after(3000) >> Tick() << Ask()
        play_ = play_.after(50) >> QuestionAnswered()
    play_.done()


def test_whatever_comes_after_the_question_is_an_answer() -> None:
    """A session that has something else to say is not deaf."""
    play_ = heeded().after(3000) >> Tick() << Ask()
    play_ = play_.after(2000) >> FrameReceived(4.5) >> Tick()
    (play_.after(2500) >> Tick() << Ask()).done()


def test_a_session_that_never_answered_a_question_is_left_alone() -> None:
    """Its server may not know the question: it is asked once, and its silence means nothing."""
    machine = ((play() >> SessionBegan() << Ask() >> FrameReceived(0.5)).after(60_000) >> Tick()).done()
    assert machine.wake_at is None


def test_each_session_has_to_answer_for_itself() -> None:
    """The next one may be at another provider; while there is none, nobody is asked."""
    play_ = heeded().after(1000) >> Left()
    play_ = play_.after(60_000) >> Tick() >> SessionBegan() << Ask()
    (play_.after(60_000) >> Tick()).done()


def test_what_is_said_to_a_deaf_session_is_kept_until_it_is_left() -> None:
    """With two seconds to spare for connecting to the next."""
    times = LivenessPolicy()
    assert times.silence + times.answer + 2 <= MOST_MS / 1000
